import type { OperationsTable } from '../operations/operations-table.ts';
import { logger } from '../runtime/logging.ts';
import { traced } from '../runtime/tracing.ts';
import { reportBreaker } from './breaker-report.ts';
import { BREAKER_SETTINGS } from './breaker-state.ts';
import { breakerStore } from './breaker-store.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { withLatency } from './measured-provider.ts';
import type { PaymentProvider, PaymentRequest } from './payment-provider.ts';
import { type PaymentProviderSettings, paymentProvider } from './providers/chosen-provider.ts';

/**
 * The provider that the deployment chose, behind the circuit breakers of its accounts.
 *
 * @throws UnknownPaymentProvider, MissingEnvironment
 */
export function guardedProvider(name: string, settings: PaymentProviderSettings & OperationsTable): PaymentProvider {
  const breaker = new CircuitBreaker({
    store: breakerStore(settings),
    settings: BREAKER_SETTINGS,
    now: Date.now,
    onChange: reportBreaker,
    onStoreFailure: (error) => logger.warn('BREAKER_NOT_REACHED', { error: error as Error }),
  });
  return withBreaker(withTrace(withLatency(paymentProvider(name, settings), name), name), name, breaker);
}

/** Gives every call of a provider a subsegment of the trace, such as `sandbox authorize`. */
export function withTrace(provider: PaymentProvider, name: string): PaymentProvider {
  const call = <Result>(operation: string, work: () => Promise<Result>) => traced(`${name} ${operation}`, work);
  return {
    ...(provider.requireAvailable && { requireAvailable: provider.requireAvailable.bind(provider) }),
    accountOf: (payment) => provider.accountOf(payment),
    authorize: (payment) => call('authorize', () => provider.authorize(payment)),
    capture: (payment) => call('capture', () => provider.capture(payment)),
    void: (payment) => call('void', () => provider.void(payment)),
    refund: (payment) => call('refund', () => provider.refund(payment)),
    findByOrder: (payment) => call('findByOrder', () => provider.findByOrder(payment)),
    listSince: (since, nextToken) => call('listSince', () => provider.listSince(since, nextToken)),
  };
}

/**
 * Guards a provider's calls with the breaker of the payment's account. Finding and listing are not guarded: they move
 * no money, and they are how an unclear answer is cleared up.
 *
 * @param name the provider's name, which is part of the name of its breakers.
 */
export function withBreaker(provider: PaymentProvider, name: string, breaker: CircuitBreaker): PaymentProvider {
  const id = (payment: PaymentRequest) => ({ provider: name, account: provider.accountOf(payment) });
  return {
    accountOf: (payment) => provider.accountOf(payment),
    authorize: (payment) => breaker.guard(id(payment), 'forward', () => provider.authorize(payment)),
    capture: (payment) => breaker.guard(id(payment), 'forward', () => provider.capture(payment)),
    void: (payment) => breaker.guard(id(payment), 'undo', () => provider.void(payment)),
    refund: (payment) => breaker.guard(id(payment), 'undo', () => provider.refund(payment)),
    findByOrder: (payment) => provider.findByOrder(payment),
    listSince: (since, nextToken) => provider.listSince(since, nextToken),
    requireAvailable: (payment) => breaker.requireAvailable(id(payment)),
  };
}
