/** The name of anything that was thrown: the SDK's errors and Step Functions are told apart by it. */
export function errorName(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
