import { type Store, useStore } from './use-store.ts';

const connection: Store<boolean> = {
  get: () => navigator.onLine,
  subscribe(listener) {
    addEventListener('online', listener);
    addEventListener('offline', listener);
    return () => {
      removeEventListener('online', listener);
      removeEventListener('offline', listener);
    };
  },
};

/** Whether the browser has a network. A network without a way to the API looks the same as a good one. */
export function useOnline(): boolean {
  return useStore(connection);
}
