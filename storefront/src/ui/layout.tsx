import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { session } from '../session/current-session.ts';
import { isStaff } from '../session/id-token.ts';
import { useSession } from '../session/use-session.ts';
import { useCart } from '../shop/cart/cart-store.ts';
import { LiveRegion, say } from './live-region.tsx';
import { SHOP_NAME } from './page.tsx';
import { useOnline } from './use-online.ts';

/** What surrounds every page: the way to its content, the way to the others, and whether there is a network. */
export function Layout({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  const isOnline = useOnline();
  return (
    <>
      <a class="skip-link" href="#content">
        Skip to content
      </a>
      <header class="site-header">
        <a class="brand" href="/">
          {SHOP_NAME}
        </a>
        <Navigation path={path} />
      </header>
      {!isOnline && (
        <p class="offline" role="alert">
          You are offline. What you see may be old; your cart is kept.
        </p>
      )}
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="site-footer">
        <p>A completed order can be cancelled for a day.</p>
      </footer>
      <LiveRegion />
    </>
  );
}

function Navigation({ path }: { path: string }) {
  const { person, status } = useSession();
  const { route } = useLocation();
  const count = useCart().lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const to = (href: string, text: string, label?: string) => (
    <a
      href={href}
      aria-label={label}
      aria-current={path === href || (href !== '/' && path.startsWith(`${href}/`)) ? 'page' : undefined}
    >
      {text}
    </a>
  );
  return (
    <nav aria-label="Main">
      <ul>
        <li>{to('/', 'Products')}</li>
        <li>{to('/cart', `Cart (${count})`, `Cart, ${count === 1 ? '1 piece' : `${count} pieces`}`)}</li>
        {status !== 'SIGNED_OUT' && <li>{to('/orders', 'Orders')}</li>}
        {isStaff(person) && <li>{to('/desk', 'Desk')}</li>}
        <li>
          {status === 'SIGNED_OUT' ? (
            to('/sign-in', 'Sign in')
          ) : (
            <button
              type="button"
              class="link"
              title={person?.email}
              onClick={() => {
                route('/');
                session.signOut();
                say('You are signed out.');
              }}
            >
              Sign out
            </button>
          )}
        </li>
      </ul>
    </nav>
  );
}
