import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Loading } from '../ui/loading.tsx';
import { useOnline } from '../ui/use-online.ts';
import type { Person } from './id-token.ts';
import { useSession } from './use-session.ts';

/** Shows its content to a person who is signed in. Others sign in first and come back to this page. */
export function SignedIn({ children }: { children: (person: Person) => ComponentChildren }) {
  const { status, person } = useSession();
  const { url, route } = useLocation();
  const isOnline = useOnline();
  useEffect(() => {
    if (status === 'SIGNED_OUT') route(`/sign-in?next=${encodeURIComponent(url)}`, true);
  }, [status, url, route]);
  if (person) return <>{children(person)}</>;
  if (status === 'SIGNED_OUT') return null;
  return <Loading what={isOnline ? 'your account' : 'your account, as soon as you are online'} />;
}
