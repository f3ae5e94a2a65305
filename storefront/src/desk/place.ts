import { may, type Right } from './rights.ts';

/** A page of the desk. */
export type Place =
  | { area: 'overview' | 'orders' | 'products' | 'dead-letters' | 'breakers' | 'audit' }
  | { area: 'order'; orderId: string };

export interface Area {
  path: string;
  name: string;
  right: Right;
}

/** The areas of the desk, in the order of its navigation. */
export const AREAS = {
  overview: { path: '/desk', name: 'Today', right: 'SEE_ALL_ORDERS' },
  orders: { path: '/desk/orders', name: 'Orders', right: 'SEE_ALL_ORDERS' },
  products: { path: '/desk/products', name: 'Products', right: 'CHANGE_CATALOGUE' },
  'dead-letters': { path: '/desk/dead-letters', name: 'Dead letters', right: 'OPERATE' },
  breakers: { path: '/desk/breakers', name: 'Circuit breakers', right: 'OPERATE' },
  audit: { path: '/desk/audit', name: 'Audit log', right: 'OPERATE' },
} as const satisfies Record<string, Area>;

type AreaName = keyof typeof AREAS;

/** The areas that a person may see. */
export function areasFor(person: { groups: readonly string[] }): Area[] {
  return Object.values(AREAS).filter(({ right }) => may(person, right));
}

/** The page of the desk at a path. Undefined when there is none. */
export function placeOf(path: string): Place | undefined {
  const orderId = /^\/desk\/orders\/([^/]+)\/?$/.exec(path)?.[1];
  if (orderId !== undefined) return { area: 'order', orderId };
  const trimmed = path.replace(/\/$/, '');
  const found = Object.entries(AREAS).find(([, area]) => area.path === trimmed);
  return found && { area: found[0] as AreaName };
}

/** The right that a page of the desk needs. */
export function rightFor({ area }: Place): Right {
  return area === 'order' ? 'SEE_ALL_ORDERS' : AREAS[area].right;
}
