import type { Paint } from '../local/function-logs.ts';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';

type Execution = components['schemas']['Execution'];
type StateVisit = components['schemas']['StateVisit'];

const SIGNS: Record<StateVisit['status'], readonly [string, Parameters<Paint>[0]]> = {
  SUCCEEDED: ['✓', 'green'],
  RUNNING: ['…', 'cyan'],
  CAUGHT: ['↷', 'yellow'],
  FAILED: ['✗', 'red'],
  ABORTED: ['✗', 'red'],
};

/**
 * An execution as a drawing: its states below one another in the order in which they were entered, joined by a line;
 * below a state that was tried more than once, or that failed, its attempts.
 */
export function executionText(
  { name, status, startedAt, endedAt, states, truncated }: Execution,
  paint: Paint,
): string {
  const width = Math.max(0, ...states.map(({ name }) => name.length));
  const lasted = endedAt === undefined ? 'still going on' : `after ${secondsBetween(startedAt, endedAt)}`;
  const drawn = states.flatMap((state, index) => [
    ...(index === 0 ? [] : [paint('dim', '  │')]),
    stateLine(state, width, paint),
    ...attemptLines(state, paint),
  ]);
  return [
    `${paint('bold', name)}  ${startedAt.slice(0, 19).replace('T', ' ')} UTC`,
    ...drawn,
    ...(truncated ? ['  ┆ there are more states'] : []),
    `  ${paint(ENDS_WELL.has(status) ? 'green' : 'red', `${status} ${lasted}`)}`,
  ].join('\n');
}

const ENDS_WELL = new Set(['SUCCEEDED', 'RUNNING']);

function stateLine(
  { name, status, enteredAt, exitedAt, error, next }: StateVisit,
  width: number,
  paint: Paint,
): string {
  const [sign, style] = SIGNS[status];
  const took = exitedAt === undefined ? '' : secondsBetween(enteredAt, exitedAt);
  const caught = status === 'CAUGHT' ? `${error} was caught: on to ${next ?? 'the end'}` : (error ?? '');
  const columns = [enteredAt.slice(11, 23), took.padStart(9), caught && paint(style, caught)];
  return `  ${paint(style, sign)} ${name.padEnd(width)}  ${columns.join('  ')}`.trimEnd();
}

function attemptLines({ attempts, status }: StateVisit, paint: Paint): string[] {
  if (attempts.length < 2 && status === 'SUCCEEDED') return [];
  return attempts.map(({ startedAt, endedAt, error, retriedAfterSeconds }, index) => {
    const took = endedAt === undefined ? 'goes on' : secondsBetween(startedAt, endedAt);
    const again = retriedAfterSeconds === undefined ? '' : `, again after ${retriedAfterSeconds} s`;
    const ended = error === undefined ? took : `${paint('red', error)} after ${took}${again}`;
    return `  ${paint('dim', '│')}   attempt ${index + 1}: ${ended}`;
  });
}

const secondsBetween = (from: string, to: string) => `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(2)} s`;
