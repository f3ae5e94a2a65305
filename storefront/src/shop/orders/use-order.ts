import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { answerOf, Refusal } from '../../api/refusal.ts';
import type { Order } from '../checkout/place-order.ts';
import { isAtEnd } from './order-words.ts';
import { Poller } from './polling.ts';

export interface FollowedOrder {
  order?: Order;
  /** Why the last look failed. The order is then as it was before. */
  error?: unknown;
  /** Shows what another answer of the API held, and goes on looking. */
  accept: (order: Order) => void;
  lookAgain: () => void;
}

/** An order as it is, followed while it changes and somebody sees the page. */
export function useOrder(orderId: string): FollowedOrder {
  const [state, setState] = useState<{ order?: Order; error?: unknown }>({});
  const poller = useRef<Poller<Order> | undefined>(undefined);

  useEffect(() => {
    const mine = new Poller<Order>({
      read: () => answerOf(api.GET('/orders/{orderId}', { params: { path: { orderId } } })),
      onValue: (order) => setState({ order }),
      onError: (error) => {
        setState(({ order }) => ({ ...(order && { order }), error }));
        // Neither a missing order nor a request that is refused becomes better by asking again.
        if (error instanceof Refusal && error.status < 500 && error.status !== 429) mine.pause();
      },
      versionOf: ({ history, cancelRequested }) => `${history.length} ${cancelRequested}`,
      isAtEnd,
      retryAfterSeconds: (error) => (error instanceof Refusal ? error.retryAfterSeconds : undefined),
      timer: {
        set: (callback, milliseconds) => setTimeout(callback, milliseconds),
        clear: (handle) => clearTimeout(handle as number),
      },
    });
    poller.current = mine;
    const follow = () => (document.visibilityState === 'visible' && navigator.onLine ? mine.start() : mine.pause());
    follow();
    document.addEventListener('visibilitychange', follow);
    addEventListener('online', follow);
    addEventListener('offline', follow);
    return () => {
      mine.pause();
      document.removeEventListener('visibilitychange', follow);
      removeEventListener('online', follow);
      removeEventListener('offline', follow);
    };
  }, [orderId]);

  const lookAgain = useCallback(() => poller.current?.start(), []);
  const accept = useCallback(
    (order: Order) => {
      setState({ order });
      lookAgain();
    },
    [lookAgain],
  );
  return { ...state, accept, lookAgain };
}
