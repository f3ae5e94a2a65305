import { lazy } from 'preact-iso';
import { Failure } from '../../ui/failure.tsx';
import { Loading } from '../../ui/loading.tsx';
import { useLoaded } from '../../ui/use-loaded.ts';
import { SandboxCards } from './sandbox-cards.tsx';
import { loadShopConfig } from './shop-config.ts';

/**
 * Gets what stands for the card at the payment provider. No card number is ever in our hands.
 *
 * @throws Advice in words for the customer, when the card cannot be used.
 */
export type GetPaymentToken = () => Promise<string>;

export interface PaymentFieldsProps {
  /** Where the fields put their way to the token. */
  getToken: { current: GetPaymentToken | undefined };
  /** What was chosen before, by the field's name. */
  draft: Map<string, string>;
}

/** Loaded only where Stripe takes the payments. */
const StripeCard = lazy(() => import('./stripe-card.tsx'));

/** The fields of the payment provider that this deployment has. */
export function PaymentFields({ getToken, draft }: PaymentFieldsProps) {
  const { value: config, error, reload } = useLoaded(loadShopConfig);
  if (error !== undefined) return <Failure error={error} onRetry={reload} />;
  if (!config) return <Loading what="the ways to pay" />;
  return config.paymentProvider === 'stripe' ? (
    <StripeCard publishableKey={config.stripePublishableKey} getToken={getToken} />
  ) : (
    <SandboxCards getToken={getToken} draft={draft} />
  );
}
