import type { APIGatewayProxyEvent } from 'aws-lambda';
import { header } from './header.ts';
import { Problem } from './problem.ts';

/** Who is calling, by the token that the Cognito authorizer verified. */
export interface Caller {
  customerId: string;
  isOperator: boolean;
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
  return { customerId: claims.sub, isOperator: isMemberOf('operators', claims['cognito:groups'], event) };
}

/**
 * The id of the operator who is calling.
 *
 * A route calls this before it reads anything else, so that the request of a caller without rights is not read.
 *
 * @throws Problem UNAUTHORIZED, or FORBIDDEN when the caller is not an operator.
 */
export function operatorOf(event: APIGatewayProxyEvent): string {
  const { customerId, isOperator } = callerOf(event);
  if (!isOperator) throw new Problem('FORBIDDEN', 'only operators may do this');
  return customerId;
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
