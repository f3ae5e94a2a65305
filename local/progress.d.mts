export class Failure extends Error {}
export function step<T>(title: string, work: () => T | Promise<T>): Promise<T>;
export function run(
  command: string,
  args: string[],
  options: { log: string; env?: NodeJS.ProcessEnv; cwd?: string; cause?: (output: string) => string | undefined },
): Promise<void>;
export function endCommands(): Promise<void>;
export function main(program: () => Promise<void>): Promise<void>;
