import type { OperationsTable } from '../shared/operations/operations-table.ts';
import { reportBreaker } from '../shared/payments/breaker-report.ts';
import { permission } from '../shared/payments/breaker-state.ts';
import { listBreakers } from '../shared/payments/breaker-store.ts';

/**
 * Reports every breaker that refuses calls at this moment. One whose time is over is left out: the next call closes it
 * or opens it again and reports that itself. Without traffic its alarm would never end.
 *
 * @param now milliseconds since 1970.
 * @throws what DynamoDB throws.
 */
export async function reportRefusingBreakers(operations: OperationsTable, now: number): Promise<void> {
  for (const breaker of await listBreakers(operations)) {
    if (permission(breaker, now) === 'REFUSE') reportBreaker(breaker);
  }
}
