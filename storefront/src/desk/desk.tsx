import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import type { Person } from '../session/id-token.ts';
import { SignedIn } from '../session/signed-in.tsx';
import { Page } from '../ui/page.tsx';
import './desk.css';
import { AuditPage } from './pages/audit-page.tsx';
import { BreakersPage } from './pages/breakers-page.tsx';
import { DeadLettersPage } from './pages/dead-letters-page.tsx';
import { OrderPage } from './pages/order-page.tsx';
import { OrdersPage } from './pages/orders-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { ProductsPage } from './pages/products-page.tsx';
import { areasFor, type Place, placeOf, rightFor } from './place.ts';
import { may } from './rights.ts';

/**
 * The desk, for the people of the shop. Their groups decide what it shows. What a person may do is decided by the API,
 * for every request.
 */
export default function Desk() {
  return <SignedIn>{(person) => <DeskFor person={person} />}</SignedIn>;
}

function DeskFor({ person }: { person: Person }) {
  const { path } = useLocation();
  const areas = areasFor(person);
  const first = areas[0];
  if (!first) {
    return (
      <Page title="The desk is for the people of the shop" lead="Your account has no role there.">
        <p>
          <a href="/orders">See your orders</a>
        </p>
        <p class="hint">Do you work here? A role may show only after the account has a second factor.</p>
      </Page>
    );
  }
  const place = placeOf(path);
  // A role that does not see today's figures begins with what it does see.
  const shown = place?.area === 'overview' && !may(person, rightFor(place)) ? placeOf(first.path) : place;
  return (
    <div class="desk">
      <nav class="desk-areas" aria-label="Desk">
        <ul>
          {areas.map((area) => (
            <li key={area.path}>
              <a href={area.path} aria-current={isIn(path, area.path) ? 'page' : undefined}>
                {area.name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="desk-page">{pageAt(shown, person)}</div>
    </div>
  );
}

function isIn(path: string, area: string): boolean {
  const trimmed = path.replace(/\/$/, '');
  return trimmed === area || (area !== '/desk' && trimmed.startsWith(`${area}/`));
}

function pageAt(place: Place | undefined, person: Person): ComponentChildren {
  if (!place) return <Page title="No such page of the desk" />;
  if (!may(person, rightFor(place))) {
    return <Page title="Not for your role" lead="Somebody with another role can help you with this." />;
  }
  switch (place.area) {
    case 'overview':
      return <OverviewPage person={person} />;
    case 'orders':
      return <OrdersPage />;
    case 'order':
      return <OrderPage key={place.orderId} orderId={place.orderId} person={person} />;
    case 'products':
      return <ProductsPage />;
    case 'dead-letters':
      return <DeadLettersPage />;
    case 'breakers':
      return <BreakersPage />;
    case 'audit':
      return <AuditPage />;
  }
}
