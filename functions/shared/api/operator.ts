import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerOf } from './api-handler.ts';
import { Problem } from './problem.ts';

/**
 * The id of the operator who is calling.
 *
 * @throws Problem UNAUTHORIZED, or FORBIDDEN when the caller is not an operator. A route asks for it before it reads
 * anything else, so that what a stranger sends is not even looked at.
 */
export function operatorOf(event: APIGatewayProxyEvent): string {
  const { customerId, isOperator } = callerOf(event);
  if (!isOperator) throw new Problem('FORBIDDEN', 'only operators may do this');
  return customerId;
}
