import { useStore } from '../ui/use-store.ts';
import { session } from './current-session.ts';
import type { SessionState } from './session.ts';

/** Who is signed in; the component is drawn again when that changes. */
export function useSession(): SessionState {
  return useStore(session);
}
