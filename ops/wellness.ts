import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { table } from './table.ts';

type Overview = components['schemas']['Overview'];

/** What the API does not tell of a stack. */
export interface Machinery {
  /** RUNNING when orders are taken from the queue. */
  pipe: string;
  /** Messages that wait for the pipe, and the age of the oldest in seconds, where CloudWatch knows it. */
  queue: { waiting: number; oldestSeconds: number | null };
  /** Names of the alarms that are in ALARM, and how many there are. */
  alarms: { ringing: string[]; count: number };
}

/** An order waits longer than the objective of its outcome, 60 seconds, in the queue alone. */
const OLDEST_SECONDS = 60;

/** What is not well, each in one line that says what to do next. */
export function troubles(overview: Overview, { pipe, queue, alarms }: Machinery): string[] {
  const { needAttention, deadLetters } = overview;
  const refusing = breakersThatRefuse(overview);
  return [
    ...(needAttention > 0 ? [`${needAttention} orders need attention: ops orders list`] : []),
    ...deadLetters
      .filter(({ messages }) => messages > 0)
      .map(({ queue, messages }) => `${messages} dead letters in ${queue}: ops dlq list`),
    ...refusing.map(({ account, state }) => `the breaker of ${account} is ${state}: ops breaker show`),
    ...(pipe === 'RUNNING' ? [] : [`the pipe is ${pipe}, so that no order is processed: ops doctor`]),
    ...((queue.oldestSeconds ?? 0) > OLDEST_SECONDS
      ? [`the oldest order waits in the queue for ${queue.oldestSeconds} s: ops logs tail`]
      : []),
    ...alarms.ringing.map((name) => `the alarm ${name} rings`),
  ];
}

/** Payments through an open breaker are refused until its time. Then the next one is let through, to see. */
const breakersThatRefuse = ({ at, breakers }: Overview) =>
  breakers.filter(({ state, until }) => state !== 'CLOSED' && (until === undefined || until > at));

/** The state of a stack on one screen. */
export function statusText(overview: Overview, { pipe, queue, alarms }: Machinery, found: readonly string[]): string {
  const counts = Object.entries(overview.orders).map(([status, count]) => [status, count]);
  const values = overview.valueToday.map(({ amount, currency }) => `${amount.toFixed(2)} ${currency}`);
  const oldest = queue.oldestSeconds === null ? 'not measured' : `${queue.oldestSeconds} s`;
  const rest = [
    ['need attention, of every day', overview.needAttention],
    ['dead letters', overview.deadLetters.map(({ queue, messages }) => `${queue} ${messages}`).join(', ')],
    ['breakers that refuse', breakersThatRefuse(overview).length],
    ['queue', `${queue.waiting} waiting, the oldest for ${oldest}`],
    ['pipe', pipe],
    ['alarms', `${alarms.ringing.length} of ${alarms.count} ring`],
    ['value of today', values.join(', ') || '-'],
  ] as const;
  return [
    found.length === 0 ? 'It is well.' : `It is not well:\n${found.map((line) => `  ! ${line}`).join('\n')}`,
    table(['orders of today', 'now'], counts, ''),
    table(['', ''], rest, '').replace(/^\n/, ''),
  ].join('\n\n');
}
