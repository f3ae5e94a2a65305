import { useEffect, useState } from 'preact/hooks';

/** A value that changes and tells so. `get` answers with the same object until it changes. */
export interface Store<Value> {
  get: () => Value;
  /** Returns what ends the subscription. */
  subscribe: (listener: () => void) => () => void;
}

/** The value of a store; the component is drawn again when it changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    const update = () => setValue(() => store.get());
    // It may have changed between the first drawing and now.
    update();
    return store.subscribe(update);
  }, [store]);
  return value;
}
