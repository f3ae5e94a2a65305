/** Who is signed in, as the ID token says. The API verifies the token; the page only decides by it what to show. */
export interface Person {
  customerId: string;
  email: string;
  groups: readonly string[];
}

/**
 * Reads the claims of an ID token, without verifying it.
 *
 * @throws Error when the text is not a JSON Web Token.
 */
export function personOf(idToken: string): Person {
  const payload = idToken.split('.')[1];
  if (payload === undefined) throw new Error('not a JSON Web Token');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const groups = claims['cognito:groups'];
  return {
    customerId: String(claims.sub),
    email: String(claims.email ?? ''),
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
}

const STAFF = ['operators', 'support', 'catalogue'];

/** Whether to show the way to the desk. */
export function isStaff(person: Person | undefined): boolean {
  return person?.groups.some((group) => STAFF.includes(group)) ?? false;
}

/** Whether the API lists everybody's orders for this person, and not only their own. */
export function seesAllOrders(person: Person | undefined): boolean {
  return person?.groups.some((group) => group === 'operators' || group === 'support') ?? false;
}
