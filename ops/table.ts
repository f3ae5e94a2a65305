import Table from 'cli-table3';

/** Rows as a table without lines, with the columns' names above. `none` is what is said when there is no row. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], none: string): string {
  if (rows.length === 0) return none;
  const empty = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', mid: '' };
  const corners = {
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
  };
  const drawn = new Table({
    head: [...head],
    chars: { ...empty, ...corners, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows.map((row) => row.map(String)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A time as a table shows it: to the second, in UTC. */
export const shortTime = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
