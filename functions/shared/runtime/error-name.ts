/** The name of anything that was thrown. The errors of AWS services are told apart by their names. */
export function errorName(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Whether what was thrown is an error with one of these names. */
export function isNamed(error: unknown, names: readonly string[]): boolean {
  return names.includes(errorName(error) ?? '');
}
