import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MissingEnvironment } from '../../runtime/environment.ts';
import type { PaymentProvider } from '../payment-provider.ts';
import { PAYMENT_PROVIDERS, type PaymentProviderName } from './names.ts';

/** The deployment names a provider for which there is no adapter. */
export class UnknownPaymentProvider extends Error {
  override readonly name = 'UnknownPaymentProvider';
}

export interface PaymentProviderSettings {
  dynamodb: DynamoDBDocumentClient;
  /** The sandbox's ledger. */
  paymentsTable: string;
  /** Names the secret with Stripe's API key; the sandbox needs none. */
  stripeSecretName?: string | undefined;
}

/**
 * The adapter that the deployment chose. The others are in the bundle and are never evaluated: a `require` in a
 * function runs when it is reached, which an `import` does not.
 *
 * @throws UnknownPaymentProvider, MissingEnvironment when the one that was chosen lacks a setting.
 */
export function paymentProvider(
  name: string,
  { dynamodb, paymentsTable, stripeSecretName }: PaymentProviderSettings,
): PaymentProvider {
  if (!isKnown(name)) throw new UnknownPaymentProvider(`there is no payment provider ${name}`);
  switch (name) {
    case 'sandbox': {
      const { sandboxProvider } = require('./sandbox-provider.ts') as typeof import('./sandbox-provider.ts');
      return sandboxProvider({ dynamodb, paymentsTable, now: () => new Date() });
    }
    case 'stripe': {
      if (!stripeSecretName) throw new MissingEnvironment(['STRIPE_SECRET_NAME']);
      const { StripeProvider } = require('./stripe-provider.ts') as typeof import('./stripe-provider.ts');
      const { readStripeKey, stripeAccess } = require('./stripe-access.ts') as typeof import('./stripe-access.ts');
      return new StripeProvider(stripeAccess(() => readStripeKey(stripeSecretName)));
    }
  }
}

function isKnown(name: string): name is PaymentProviderName {
  return PAYMENT_PROVIDERS.some((known) => known === name);
}
