import { median } from '../bench/load/rounds.ts';

/**
 * How many times what it was at the start something may be at the end of a soak. Memory is per worker of a function,
 * because how many there are depends on what comes at once. Latency varies with whatever else the machine does.
 */
export const MOST_GROWTH = { memoryOfWorker: 1.25, cpuOfOrder: 1.25, p50: 1.5, p95: 1.5 } as const;

/**
 * Whether a series did not grow: the median of its last third is at most `mostGrowth` times that of its first third.
 *
 * @throws Error for fewer than three values
 */
export function isFlat(series: number[], mostGrowth: number): boolean {
  if (series.length < 3) throw new Error(`${series.length} values tell no growth`);
  const third = Math.floor(series.length / 3);
  return median(series.slice(-third)) <= mostGrowth * median(series.slice(0, third));
}
