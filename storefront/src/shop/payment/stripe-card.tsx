import type { Stripe, StripeCardElement } from '@stripe/stripe-js';
// This entry loads js.stripe.com only when it is called. The other one does so as soon as it is imported.
import { loadStripe } from '@stripe/stripe-js/pure';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Unanswered } from '../../api/refusal.ts';
import { Advice } from '../../api/words.ts';
import { Failure } from '../../ui/failure.tsx';
import { keptToken } from './kept-token.ts';
import type { PaymentFieldsProps } from './payment-fields.tsx';

/** Stripe's own card element: a frame of Stripe's, so that the card number goes to Stripe and never through this page. */
export default function StripeCard({
  publishableKey,
  getToken,
}: Pick<PaymentFieldsProps, 'getToken'> & { publishableKey: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let isGone = false;
    let card: StripeCardElement | undefined;
    setFailure(undefined);
    mountCard(publishableKey, place.current, () => isGone).then(
      (mounted) => {
        if (!mounted) return;
        card = mounted.card;
        const token = keptToken(() => tokenOf(mounted.stripe, mounted.card));
        card.on('change', ({ error }) => {
          token.forget();
          setFault(error?.message);
        });
        getToken.current = token.get;
      },
      (error: unknown) => !isGone && setFailure(new Unanswered('Stripe could not be loaded', { cause: error })),
    );
    return () => {
      isGone = true;
      getToken.current = undefined;
      card?.destroy();
    };
    // Another attempt loads it again.
  }, [publishableKey, getToken, attempt]);

  return (
    <div class="field">
      <span class="label">Card</span>
      <div class="stripe-card" ref={place} />
      <p class="field-error" role="alert">
        {fault}
      </p>
      {failure !== undefined && <Failure error={failure} onRetry={() => setAttempt(attempt + 1)} />}
    </div>
  );
}

async function mountCard(
  publishableKey: string,
  place: HTMLElement | null,
  isGone: () => boolean,
): Promise<{ stripe: Stripe; card: StripeCardElement } | undefined> {
  const stripe = await loadStripe(publishableKey);
  if (!stripe || !place) throw new Error('no Stripe in this browser');
  if (isGone()) return undefined;
  // A frame of another origin cannot read our custom properties.
  const { color, fontSize } = getComputedStyle(place);
  const card = stripe.elements().create('card', { hidePostalCode: true, style: { base: { color, fontSize } } });
  card.mount(place);
  return { stripe, card };
}

/** @throws Advice with what Stripe says about the card, in words for the customer. */
async function tokenOf(stripe: Stripe, card: StripeCardElement): Promise<string> {
  const { paymentMethod, error } = await stripe.createPaymentMethod({ type: 'card', card });
  if (error) throw new Advice(error.message ?? 'This card cannot be used.');
  return paymentMethod.id;
}
