import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { logger } from '../runtime/logging.ts';
import { MetricUnit, metrics } from '../runtime/metrics.ts';
import { breakerStore } from './breaker-store.ts';
import { BREAKER_SETTINGS, type Breaker } from './circuit-breaker.ts';
import { CircuitBreaker, withBreaker } from './guarded-provider.ts';
import type { PaymentProvider } from './payment-provider.ts';

/** A payment provider behind the breakers of its accounts, whose changes are logged and measured. */
export function behindBreaker(
  provider: PaymentProvider,
  name: string,
  { dynamodb, operationsTable }: { dynamodb: DynamoDBDocumentClient; operationsTable: string },
): PaymentProvider {
  const breaker = new CircuitBreaker({
    store: breakerStore(dynamodb, operationsTable),
    settings: BREAKER_SETTINGS,
    now: Date.now,
    onChange: reportBreaker,
    onStoreFailure: (error) => logger.warn('BREAKER_NOT_REACHED', { error: error as Error }),
  });
  return withBreaker(provider, name, breaker);
}

/** Logs a breaker's state, and measures it: `BreakerOpen` is 1 from its opening until it is closed again. */
export function reportBreaker({ provider, account, state, failures }: Breaker): void {
  const fields = { provider, account, state, failures };
  if (state === 'CLOSED') logger.info('BREAKER_CLOSED', fields);
  else logger.error('BREAKER_OPEN', fields);
  // Once by account to look at, and once without for the alarm, which cannot watch accounts that it does not know.
  const open = state === 'CLOSED' ? 0 : 1;
  metrics
    .singleMetric()
    .addDimension('account', `${provider}:${account}`)
    .addMetric('BreakerOpen', MetricUnit.Count, open);
  metrics.addMetric('BreakerOpen', MetricUnit.Count, open);
}
