import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../api/refusal.ts';
import { Poller } from '../shop/orders/polling.ts';

export interface PolledValue<Value> {
  value?: Value;
  /** Why the last look failed. The value is then as it was before. */
  error?: unknown;
  lookAgain: () => void;
}

/**
 * A value that is read again while it changes and somebody sees the page. Functions of the first drawing are used, so
 * give the component a `key` when it shows something else.
 */
export function usePolled<Value>(polled: {
  read: () => Promise<Value>;
  versionOf: (value: Value) => unknown;
  isAtEnd: (value: Value) => boolean;
}): PolledValue<Value> {
  const [state, setState] = useState<{ value?: Value; error?: unknown }>({});
  const first = useRef(polled);
  const poller = useRef<Poller<Value> | undefined>(undefined);

  useEffect(() => {
    const mine = new Poller<Value>({
      ...first.current,
      onValue: (value) => setState({ value }),
      onError: (error) => {
        setState((before) => ({ ...before, error }));
        // What is refused is not granted by asking again.
        if (error instanceof Refusal && error.status < 500 && error.status !== 429) mine.pause();
      },
      retryAfterSeconds: (error) => (error instanceof Refusal ? error.retryAfterSeconds : undefined),
      timer: {
        set: (callback, milliseconds) => setTimeout(callback, milliseconds),
        clear: (handle) => clearTimeout(handle as number),
      },
    });
    poller.current = mine;
    const follow = () => (document.visibilityState === 'visible' ? mine.start() : mine.pause());
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      mine.pause();
      document.removeEventListener('visibilitychange', follow);
    };
  }, []);

  return { ...state, lookAgain: useCallback(() => poller.current?.start(), []) };
}
