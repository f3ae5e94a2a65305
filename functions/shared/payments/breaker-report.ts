import { logger } from '../runtime/logging.ts';
import { measure } from '../runtime/metrics.ts';
import type { Breaker } from './breaker-state.ts';
import { PAYMENT_PROVIDERS } from './providers/names.ts';

/**
 * Logs a breaker's state and measures it. `BreakerOpen` is 1 while the breaker is OPEN or HALF_OPEN, else 0.
 *
 * @param operatorId of who closed it by hand.
 */
export function reportBreaker({ provider, account, state, failures }: Breaker, operatorId?: string): void {
  const fields = { provider, account, state, failures };
  if (state === 'CLOSED') logger.info('BREAKER_CLOSED', { ...fields, ...(operatorId && { operatorId }) });
  else logger.error('BREAKER_OPEN', fields);
  // One value per account is for people. The alarm needs one without an account, because it cannot know the accounts.
  const open = state === 'CLOSED' ? 0 : 1;
  // Each value of a dimension is billed as a metric, so only the account that every deployment of a provider has gets
  // one. The test accounts of the sandbox get none.
  const isKnown = PAYMENT_PROVIDERS.some((name) => name === account);
  measure('BreakerOpen', open, isKnown ? `${provider}:${account}` : undefined);
}
