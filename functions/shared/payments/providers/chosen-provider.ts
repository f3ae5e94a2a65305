import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MissingEnvironment } from '../../runtime/environment.ts';
import type { PaymentProvider } from '../payment-provider.ts';
import { PAYMENT_PROVIDERS, type PaymentProviderName } from './names.ts';

/** The deployment names a provider that has no adapter. */
export class UnknownPaymentProvider extends Error {
  override readonly name = 'UnknownPaymentProvider';
}

export interface PaymentProviderSettings {
  dynamodb: DynamoDBDocumentClient;
  /** The table of the sandbox's ledger. */
  paymentsTable: string;
  /** Whether test tokens may make the sandbox fail: 'true' or 'false'. */
  sandboxFaults?: string | undefined;
  /** The name of the secret with Stripe's API key. The sandbox needs none. */
  stripeSecretName?: string | undefined;
}

/**
 * The adapter that the deployment chose. The bundle holds all adapters, but a function loads only this one: a `require`
 * in a function runs when it is reached, and an `import` runs always.
 *
 * @throws UnknownPaymentProvider, or MissingEnvironment when the chosen adapter lacks a setting.
 */
export function paymentProvider(
  name: string,
  { dynamodb, paymentsTable, sandboxFaults, stripeSecretName }: PaymentProviderSettings,
): PaymentProvider {
  if (!isKnown(name)) throw new UnknownPaymentProvider(`there is no payment provider ${name}`);
  switch (name) {
    case 'sandbox': {
      const { sandboxProvider } = require('./sandbox-provider.ts') as typeof import('./sandbox-provider.ts');
      return sandboxProvider({ dynamodb, paymentsTable, now: () => new Date(), faults: sandboxFaults === 'true' });
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
