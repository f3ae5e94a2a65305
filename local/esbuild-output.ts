/** Where the trace of the script that built begins. */
const TRACE = /^\S+\/node_modules\/esbuild\//;
const MOST_LINES = 25;

/** What esbuild says of the cause of a failed build: its errors with file and line. Without one, nothing. */
export function errorsOfEsbuild(output: string): string | undefined {
  const lines = output.split('\n');
  const begin = lines.findIndex((line) => line.includes('[ERROR]'));
  if (begin < 0) return undefined;
  const errors = lines.slice(begin);
  const end = errors.findIndex((line) => TRACE.test(line));
  return errors
    .slice(0, end < 0 ? MOST_LINES : Math.min(end, MOST_LINES))
    .join('\n')
    .trimEnd();
}
