/** The name of anything that was thrown. The errors of the SDK, of Cognito and of Step Functions differ by their name. */
export function errorName(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Whether what was thrown is an error with one of these names. */
export function isNamed(error: unknown, names: readonly string[]): boolean {
  return names.includes(errorName(error) ?? '');
}
