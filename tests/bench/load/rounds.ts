import { createHistogram } from 'node:perf_hooks';

/** What the requirements want of the orders beside the empty chain, at 32 in flight. */
export const BARS = { leastThroughput: 0.6, mostP95: 2 } as const;

/** Milliseconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** One order, or one message of the empty chain. Milliseconds of the epoch. */
export interface Passage {
  /** When it was due to be sent. */
  dueAt: number;
  /** When its execution ended. */
  endedAt: number;
}

/** What one round of one chain came to. */
export interface Round {
  count: number;
  /** From the first that was due to the last end. */
  perSecond: number;
  /** From the POST to the end of the execution. */
  latency: Percentiles;
}

/** The orders beside the empty chain. */
export interface Comparison {
  /** Median over the rounds of orders per second, by those of the empty chain in the same round. */
  throughput: number;
  /** The same of the 95th percentiles. */
  p95: number;
  meetsThroughput: boolean;
  meetsP95: boolean;
}

/**
 * Percentiles by an HDR histogram, to three significant figures.
 *
 * @param milliseconds what is below 0 counts as 0: the clocks of two programs may differ by that much
 * @throws Error when there is nothing to count
 */
export function percentilesOf(milliseconds: number[]): Percentiles {
  if (milliseconds.length === 0) throw new Error('percentiles of nothing');
  const histogram = createHistogram({ figures: 3 });
  // It takes whole numbers above 0.
  for (const one of milliseconds) histogram.record(Math.max(1, Math.round(one * 1000)));
  const at = (percentile: number) => Math.round(histogram.percentile(percentile) / 1000);
  const max = milliseconds.reduce((most, one) => Math.max(most, one), 0);
  return { p50: at(50), p95: at(95), p99: at(99), max: Math.round(max) };
}

/** @throws Error for no passage */
export function roundOf(passages: Passage[]): Round {
  const latency = percentilesOf(passages.map(({ dueAt, endedAt }) => endedAt - dueAt));
  const first = Math.min(...passages.map(({ dueAt }) => dueAt));
  const last = Math.max(...passages.map(({ endedAt }) => endedAt));
  const perSecond = (passages.length * 1000) / Math.max(1, last - first);
  return { count: passages.length, perSecond: Math.round(perSecond * 100) / 100, latency };
}

/**
 * Compares the rounds in pairs, because other load on the machine affects the two of a pair alike.
 *
 * @throws Error when the chains have not the same number of rounds, or none
 */
export function compare(orders: Round[], empty: Round[]): Comparison {
  if (orders.length !== empty.length) throw new Error(`${orders.length} rounds beside ${empty.length}`);
  const ratio = (of: (round: Round) => number) =>
    median(orders.map((round, index) => of(round) / of(empty[index] as Round)));
  const throughput = ratio(({ perSecond }) => perSecond);
  const p95 = ratio(({ latency }) => latency.p95);
  return {
    throughput: hundredths(throughput),
    p95: hundredths(p95),
    // By the ratios themselves, so that no rounding lets one pass.
    meetsThroughput: throughput >= BARS.leastThroughput,
    meetsP95: p95 <= BARS.mostP95,
  };
}

/** @throws Error for no number */
export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of nothing');
  return (upper + lower) / 2;
}

const hundredths = (number: number) => Math.round(number * 100) / 100;
