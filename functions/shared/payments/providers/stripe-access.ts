import type { Stripe } from 'stripe';
import { CLIENT_SETTINGS } from '../../aws/client-settings.ts';
import { errorName } from '../../runtime/error-name.ts';
import { PaymentUnavailable } from '../payment-provider.ts';

/** The version of Stripe's API that the adapter is written for. A new release of the SDK does not change it. */
export const STRIPE_API_VERSION = '2026-08-26.dahlia';

/** The address of a stand-in for Stripe. */
export interface StripeAddress {
  host: string;
  port: number;
  protocol: 'http' | 'https';
}

/** Gives a client, which is created when it is first needed and kept while Stripe accepts its key. */
export interface StripeAccess {
  client(): Promise<Stripe>;
  /** Drops the client after its key was refused. The next one reads the key again. */
  forget(): void;
}

/**
 * Gives access to Stripe. The API key is read once, and again after Stripe refused it, as when it was rotated.
 *
 * The SDK's own retries are off, because the workflow retries, and first reads what a lost call did. The SDK still
 * repeats a call whose connection was closed, once and with the same idempotency key. Its telemetry is off too.
 *
 * @param readKey returns the secret or restricted API key.
 * @param address Stripe's own when absent.
 */
export function stripeAccess(readKey: () => Promise<string>, address?: StripeAddress): StripeAccess {
  let client: Promise<Stripe> | undefined;
  const open = async () => {
    const [{ default: StripeClient }, key] = await Promise.all([import('stripe'), readKey()]);
    return new StripeClient(key, {
      apiVersion: STRIPE_API_VERSION,
      maxNetworkRetries: 0,
      telemetry: false,
      ...address,
    });
  };
  const forget = () => {
    client = undefined;
  };
  return {
    client: () => {
      client ??= open().catch((error) => {
        forget();
        throw error;
      });
      return client;
    },
    forget,
  };
}

/**
 * Reads the API key from Secrets Manager.
 *
 * @throws PaymentUnavailable when the secret cannot be read or is not a server's key. Orders then wait for it.
 */
export async function readStripeKey(secretName: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  let secret: string | undefined;
  try {
    ({ SecretString: secret } = await new SecretsManagerClient(CLIENT_SETTINGS.secretsManager).send(
      new GetSecretValueCommand({ SecretId: secretName }),
    ));
  } catch (error) {
    throw new PaymentUnavailable(`the secret with Stripe's key cannot be read: ${errorName(error)}`, {
      cause: error,
    });
  }
  const key = secret?.trim();
  if (!key || !/^(sk|rk)_/.test(key)) {
    throw new PaymentUnavailable("the secret does not hold a key of Stripe's, which begins with sk_ or rk_");
  }
  return key;
}
