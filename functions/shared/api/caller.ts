import type { APIGatewayProxyEvent } from 'aws-lambda';
import { header } from './header.ts';
import { Problem } from './problem.ts';

/** What only members of some groups may do. Every customer may see and cancel orders of their own. */
export type Right = 'SEE_ALL_ORDERS' | 'CANCEL_ALL_ORDERS' | 'RETRY_ORDERS' | 'CHANGE_CATALOGUE' | 'OPERATE';

/** What the members of each group of the user pool may do. template.yaml makes the groups. */
export const RIGHTS = {
  operators: ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS', 'RETRY_ORDERS', 'CHANGE_CATALOGUE', 'OPERATE'],
  support: ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS'],
  catalogue: ['CHANGE_CATALOGUE'],
} as const satisfies Record<string, readonly Right[]>;

export type Group = keyof typeof RIGHTS;
export const GROUPS = Object.keys(RIGHTS) as Group[];

/** Who is calling, by the token that the Cognito authorizer verified. */
export interface Caller {
  customerId: string;
  /** The groups that give rights. */
  groups: readonly Group[];
}

/** Whether the caller may do what only members of some groups may do. */
export function may({ groups }: Caller, right: Right): boolean {
  return groups.some((group) => (RIGHTS[group] as readonly Right[]).includes(right));
}

/**
 * The caller that the authorizer put into the request.
 *
 * @throws Problem UNAUTHORIZED when the route has no authorizer, or the token is not an ID token.
 */
export function callerOf(event: APIGatewayProxyEvent): Caller {
  const claims = event.requestContext?.authorizer?.claims as Record<string, string | undefined> | undefined;
  // Only an ID token says who the customer is. An access token of the same pool has another purpose.
  if (!claims?.sub || claims.token_use !== 'id') throw new Problem('UNAUTHORIZED', 'sign in first');
  const groups = GROUPS.filter((group) => isMemberOf(group, claims['cognito:groups'], event));
  return { customerId: claims.sub, groups };
}

/**
 * The id of the operator who is calling: anybody who has the right.
 *
 * A route calls this before it reads anything else, so that the request of a caller without rights is not read.
 *
 * @throws Problem UNAUTHORIZED, or FORBIDDEN when the caller does not have the right.
 */
export function operatorOf(event: APIGatewayProxyEvent, right: Right): string {
  const caller = callerOf(event);
  if (!may(caller, right)) throw new Problem('FORBIDDEN', 'you do not have the right to do this');
  return caller.customerId;
}

/**
 * API Gateway writes the list of groups as one comma-separated text. A comma may also be part of a group's name.
 * Therefore the list in the token, which the authorizer has verified, has to hold the group too.
 */
function isMemberOf(group: string, claim: string | undefined, event: APIGatewayProxyEvent): boolean {
  return (claim ?? '').split(',').includes(group) && groupsInToken(event).includes(group);
}

function groupsInToken(event: APIGatewayProxyEvent): unknown[] {
  const payload = header(event, 'authorization')?.split('.')[1];
  if (payload === undefined) return [];
  try {
    const groups: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))['cognito:groups'];
    return Array.isArray(groups) ? groups : [];
  } catch {
    return [];
  }
}
