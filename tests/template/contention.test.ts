import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import type { Retrier, StateMachine } from './asl.ts';

/**
 * Many orders of one product reach CompleteOrder at once. DynamoDB refuses a transaction while another holds one of its
 * items. MiniStack and DynamoDB Local let one wait for the other instead, so contention is simulated: events on a time
 * line, with the retrier that the workflow has.
 */
const ORDERS = 200;
const ROUNDS = 200;

/** How long a transaction holds its items, in seconds: several times what DynamoDB takes. */
const HELD = 0.05;

const CONFLICT = 'DynamoDb.TransactionCanceledException';

/** A generator of numbers from 0 to 1, equal for equal seeds (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The longest wait before a retry, in seconds; with full jitter the wait is anything up to it. */
function longestWait({ IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity }: Retrier, retry: number) {
  return Math.min(IntervalSeconds * BackoffRate ** (retry - 1), MaxDelaySeconds);
}

/**
 * Lets all orders of one product complete within one second of each other.
 *
 * @returns how many used up their attempts, and how many attempts and seconds the slowest of the others took.
 */
function contend(retrier: Retrier, seed: number) {
  const next = random(seed);
  const attempts = Array.from({ length: ORDERS }, () => 0);
  const waiting = attempts.map((_, order) => ({ order, at: next() }));
  let heldUntil = 0;
  let refused = 0;
  let seconds = 0;
  while (waiting.length > 0) {
    let first = 0;
    for (let index = 1; index < waiting.length; index += 1) {
      if ((waiting[index]?.at ?? 0) < (waiting[first]?.at ?? 0)) first = index;
    }
    const [tried] = waiting.splice(first, 1);
    if (!tried) break;
    const { order, at } = tried;
    const attempt = (attempts[order] ?? 0) + 1;
    attempts[order] = attempt;
    if (at >= heldUntil) {
      heldUntil = at + HELD;
      seconds = heldUntil;
    } else if (attempt > (retrier.MaxAttempts ?? 3)) refused += 1;
    else waiting.push({ order, at: at + next() * longestWait(retrier, attempt) });
  }
  return { refused, attempts: Math.max(...attempts), seconds };
}

function rounds(retrier: Retrier) {
  return Array.from({ length: ROUNDS }, (_, seed) => contend(retrier, seed));
}

const { States } = readDefinition<StateMachine>(PROCESS_ORDER);
const retrier = States.CompleteOrder?.Retry?.find(({ ErrorEquals }) => ErrorEquals.includes(CONFLICT));

test(`none of ${ORDERS} orders of one product uses up its attempts, in ${ROUNDS} rounds`, () => {
  if (!retrier) throw new Error(`CompleteOrder does not retry ${CONFLICT} by its name`);
  const ends = rounds(retrier);
  expect(ends.reduce((sum, { refused }) => sum + refused, 0)).toBe(0);
  // Not by luck: the unluckiest order of all rounds has attempts left.
  expect(Math.max(...ends.map(({ attempts }) => attempts))).toBeLessThanOrEqual(0.75 * (retrier.MaxAttempts ?? 0));
  expect(Math.max(...ends.map(({ seconds }) => seconds))).toBeLessThan(60);
});

test('eight retries up to ten seconds apart refuse orders that have been captured', () => {
  const before = { ErrorEquals: [CONFLICT], IntervalSeconds: 1, BackoffRate: 2, MaxDelaySeconds: 10, MaxAttempts: 8 };
  expect(rounds(before).filter(({ refused }) => refused > 0).length).toBeGreaterThan(0);
});
