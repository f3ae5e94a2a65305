import { Unanswered } from '../../api/refusal.ts';

/** What the shop's page is told about the deployment: config.json, which is written when the page is published. */
export type ShopConfig = { paymentProvider: 'sandbox' } | { paymentProvider: 'stripe'; stripePublishableKey: string };

let loading: Promise<ShopConfig> | undefined;

/**
 * Loads config.json once.
 *
 * @throws Unanswered when it cannot be loaded, or is not a configuration. The next call tries again.
 */
export function loadShopConfig(): Promise<ShopConfig> {
  loading ??= fetchConfig().catch((error: unknown) => {
    loading = undefined;
    throw new Unanswered('config.json could not be loaded', { cause: error });
  });
  return loading;
}

async function fetchConfig(): Promise<ShopConfig> {
  const response = await fetch('/config.json', { cache: 'no-cache', signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return readShopConfig(await response.json());
}

/**
 * A configuration from what config.json holds.
 *
 * @throws Error when it is not one.
 */
export function readShopConfig(value: unknown): ShopConfig {
  const { paymentProvider, stripePublishableKey } = Object(value) as Record<string, unknown>;
  if (paymentProvider === 'sandbox') return { paymentProvider };
  if (paymentProvider === 'stripe' && typeof stripePublishableKey === 'string') {
    return { paymentProvider, stripePublishableKey };
  }
  throw new Error('config.json names no payment provider that this page knows');
}
