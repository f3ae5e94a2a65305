import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * Where an order is read, for the Location header: relative to the address of the request (RFC 9110, 10.2.2). So it is
 * right whatever stands before `/orders` there, such as the stage or the base path of a custom domain.
 *
 * @param event a request to any route under `/orders`.
 */
export function orderLocation(event: APIGatewayProxyEvent, orderId: string): string {
  const [, rest = ''] = /.*\/orders(\/.*)?$/.exec(event.path) ?? [];
  if (rest === '') return `orders/${orderId}`;
  const steps = rest.split('/').length - 2;
  return `${'../'.repeat(steps)}${orderId}`;
}
