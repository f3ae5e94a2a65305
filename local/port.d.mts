export function portFrom(args: string[]): number;
