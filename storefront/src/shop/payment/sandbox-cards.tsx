import { useEffect, useRef } from 'preact/hooks';
import type { PaymentFieldsProps } from './payment-fields.tsx';

/** The test cards that every sandbox takes. Those that make it fail need a parameter of the deployment. */
const CARDS = [
  { token: 'tok_approved', name: 'Approved card', what: 'The payment succeeds.' },
  { token: 'tok_declined', name: 'Declined card', what: 'The bank declines the payment.' },
  { token: 'tok_insufficient_funds', name: 'Card without funds', what: 'There is too little money on it.' },
] as const;

/** Test cards in place of a card form, where the sandbox takes the payments. */
export function SandboxCards({ getToken, draft }: PaymentFieldsProps) {
  const chosen = useRef<string>(draft.get('card') ?? CARDS[0].token);
  useEffect(() => {
    getToken.current = async () => chosen.current;
    return () => {
      getToken.current = undefined;
    };
  }, [getToken]);
  return (
    <>
      <p class="hint">This shop takes test cards only. No money moves.</p>
      {CARDS.map(({ token, name, what }) => (
        <label key={token} class="choice">
          <input
            type="radio"
            name="card"
            value={token}
            defaultChecked={chosen.current === token}
            onChange={() => {
              chosen.current = token;
              draft.set('card', token);
            }}
          />
          <span>
            {name} <span class="hint">{what}</span>
          </span>
        </label>
      ))}
    </>
  );
}
