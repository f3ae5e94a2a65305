import { Problem } from './problem.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/**
 * Reads the `limit` of a list's query string: 1 to 100, and 20 when it is absent.
 *
 * @throws Problem VALIDATION_FAILED
 */
export function readLimit(value: string | undefined): number {
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = /^[1-9][0-9]{0,2}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new Problem('VALIDATION_FAILED', `the limit must be an integer from 1 to ${MAX_LIMIT}`, {
    errors: [{ pointer: '/limit', detail: `must be an integer from 1 to ${MAX_LIMIT}` }],
  });
}
