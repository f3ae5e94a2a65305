import { randomUUID } from 'node:crypto';
import type { BreakerId } from '../../functions/shared/payments/breaker-state.ts';
import { breakerStore } from '../../functions/shared/payments/breaker-store.ts';
import { dynamodb, stack } from './stack.ts';

/** The circuit breakers of the stack. */
export const breakers = breakerStore({ dynamodb, operationsTable: stack.operationsTable });

/** The circuit breaker of an account of the test's own, open for an hour. */
export async function openBreaker(): Promise<BreakerId> {
  const closed = await breakers.read({ provider: 'sandbox', account: `t-${randomUUID()}` });
  const now = Date.now();
  await breakers.swap(closed, {
    ...closed,
    state: 'OPEN',
    failures: 5,
    firstFailureAt: now,
    until: now + 3_600_000,
    version: 1,
  });
  return closed;
}
