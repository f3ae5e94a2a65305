import { measure } from '../runtime/metrics.ts';
import type { Payment, PaymentProvider } from './payment-provider.ts';

/**
 * Measures how long a provider takes to authorize and to capture, whatever it answers. It stands behind the circuit
 * breaker, so that a call that is not made is not measured.
 *
 * @param name the provider's name, which is the dimension of the metrics.
 */
export function withLatency(provider: PaymentProvider, name: string): PaymentProvider {
  const timed = async (
    metric: 'AuthorizeMilliseconds' | 'CaptureMilliseconds',
    call: () => Promise<Payment>,
  ): Promise<Payment> => {
    const start = performance.now();
    try {
      return await call();
    } finally {
      measure(metric, performance.now() - start, name);
    }
  };
  return {
    accountOf: (payment) => provider.accountOf(payment),
    authorize: (payment) => timed('AuthorizeMilliseconds', () => provider.authorize(payment)),
    capture: (payment) => timed('CaptureMilliseconds', () => provider.capture(payment)),
    void: (payment) => provider.void(payment),
    refund: (payment) => provider.refund(payment),
    findByOrder: (payment) => provider.findByOrder(payment),
    listSince: (since, nextToken) => provider.listSince(since, nextToken),
  };
}
