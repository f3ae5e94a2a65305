import type { Stripe } from 'stripe';
import { errorName } from '../../runtime/error-name.ts';
import { PaymentUnavailable } from '../payment-provider.ts';

/** The version of Stripe's API that the adapter was written and checked against; a release of the SDK never moves it. */
export const STRIPE_API_VERSION = '2026-08-26.dahlia';

/** Where Stripe answers, when that is not Stripe's own address. */
export interface StripeAddress {
  host: string;
  port: number;
  protocol: 'http' | 'https';
}

/** A client made when it is first needed and kept as long as its key is accepted. */
export interface StripeAccess {
  client(): Promise<Stripe>;
  /** Says that the key was refused: the next client is made with the secret as it is then. */
  forget(): void;
}

/**
 * Opens Stripe with a key that is read once, or again after it was refused, as when it has been rotated.
 *
 * The SDK's own retries are off: the workflow retries, after looking at what the lost call did. It still repeats a
 * call whose connection was closed, once and under the same idempotency key. Its telemetry is off too.
 *
 * @param readKey gives the secret or restricted API key.
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
 * @throws PaymentUnavailable when it cannot be read or is no key of a server: orders wait until it can be.
 */
export async function readStripeKey(secretName: string): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  let secret: string | undefined;
  try {
    ({ SecretString: secret } = await new SecretsManagerClient({}).send(
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
