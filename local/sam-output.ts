import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the SAM CLI stops telling the cause: its traceback, and how to report a bug of its own. */
const END_OF_CAUSE =
  /^(Traceback|An unexpected error was encountered|Search for an existing issue|Or create a bug report)/;
const MOST_LINES = 25;

/**
 * What the SAM CLI says of the cause of its failure: the lines of its last `Error:`, without a traceback, and with
 * files of a function from the root of the project. Without such a line, nothing.
 */
export function causeInOutput(output: string): string | undefined {
  const lines = output.trimEnd().split('\n');
  const begin = lines.findLastIndex((line) => line.startsWith('Error:'));
  if (begin < 0) return undefined;
  const rest = lines.slice(begin);
  const end = rest.findIndex((line) => END_OF_CAUSE.test(line));
  return rest
    .slice(0, end < 0 ? MOST_LINES : Math.min(end, MOST_LINES))
    .map((line, index, all) => fromRoot(line, all[index + 1] ?? ''))
    .join('\n')
    .trimEnd();
}

/** esbuild names files from the folder of the function, and several are built at once. The line itself tells which. */
function fromRoot(line: string, next: string): string {
  const [, indent, file, number] = /^(\s+)([^\s:]+\.[jt]s):(\d+):\d+:$/.exec(line) ?? [];
  const [, text] = /^\s+\d+ │ (.*)$/.exec(next) ?? [];
  if (indent === undefined || file === undefined || text === undefined) return line;
  const found = globSync('functions/*/')
    .map((folder) => join(folder, file))
    .find((path) => existsSync(path) && readFileSync(path, 'utf8').split('\n')[Number(number) - 1] === text);
  return found ? line.replace(file, found) : line;
}
