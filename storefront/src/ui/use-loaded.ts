import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<Value> {
  value?: Value;
  error?: unknown;
  isLoading: boolean;
  /** Loads again, and shows the old value meanwhile. */
  reload: () => void;
}

/**
 * Loads a value when the component appears and whenever `key` changes, and again when the network is back after a
 * failure. An answer that comes after the next request is dropped.
 */
export function useLoaded<Value>(load: () => Promise<Value>, key = ''): Loaded<Value> {
  const [state, setState] = useState<{ key: string; value?: Value; error?: unknown; isLoading: boolean }>({
    key,
    isLoading: true,
  });
  const latest = useRef(0);
  const loadNow = useRef(load);
  loadNow.current = load;

  const reload = useCallback(() => {
    latest.current += 1;
    const mine = latest.current;
    setState((before) => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }));
    loadNow.current().then(
      (value) => mine === latest.current && setState({ key, value, isLoading: false }),
      (error: unknown) =>
        mine === latest.current && setState((before) => ({ ...before, key, error, isLoading: false })),
    );
  }, [key]);

  useEffect(() => {
    reload();
    return () => {
      latest.current += 1;
    };
  }, [reload]);

  const hasFailed = state.error !== undefined;
  useEffect(() => {
    if (!hasFailed) return undefined;
    addEventListener('online', reload);
    return () => removeEventListener('online', reload);
  }, [hasFailed, reload]);

  return { ...state, reload };
}
