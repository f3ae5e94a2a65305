import { Problem } from '../shared/api/problem.ts';
import type { Actor } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { Breaker, BreakerId } from '../shared/payments/breaker-state.ts';
import { BreakerChanged, breakerStore, closeBreaker } from '../shared/payments/breaker-store.ts';

const MAX_ATTEMPTS = 3;

/**
 * Closes a breaker and writes the audit entry. Nothing is written when the breaker is closed already.
 *
 * @returns the breaker afterwards, and whether this call closed it.
 * @throws Problem NOT_FOUND when no call to that account ever failed, or TOO_MANY_REQUESTS when payments changed the
 * breaker during every attempt.
 */
export async function closeByOperator(
  id: BreakerId,
  by: Actor,
  operations: OperationsTable,
): Promise<{ breaker: Breaker; wasClosed: boolean }> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    try {
      const closed = await closeBreaker(id, by, operations);
      if (closed) return { breaker: closed, wasClosed: true };
      const breaker = await breakerStore(operations).read(id);
      if (breaker.version === 0) throw new Problem('NOT_FOUND', 'no payment through that account ever failed');
      return { breaker, wasClosed: false };
    } catch (error) {
      if (!(error instanceof BreakerChanged)) throw error;
    }
  }
  throw new Problem('TOO_MANY_REQUESTS', 'the breaker keeps changing; try again', { headers: { 'retry-after': '1' } });
}
