import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { PaymentProvider } from '../shared/payment-provider.ts';

/** The deployment names a provider for which there is no adapter. */
export class UnknownPaymentProvider extends Error {
  override readonly name = 'UnknownPaymentProvider';
}

/**
 * The adapter that the deployment chose. The others are in the bundle and are never evaluated: a `require` in a
 * function runs when it is reached, which an `import` does not.
 *
 * @throws UnknownPaymentProvider
 */
export function paymentProvider(
  name: string,
  { dynamodb, paymentsTable }: { dynamodb: DynamoDBDocumentClient; paymentsTable: string },
): PaymentProvider {
  switch (name) {
    case 'sandbox': {
      const { sandboxProvider } = require('./sandbox-provider.ts') as typeof import('./sandbox-provider.ts');
      return sandboxProvider({ dynamodb, paymentsTable, now: () => new Date() });
    }
    default:
      throw new UnknownPaymentProvider(`there is no payment provider ${name}`);
  }
}
