import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * The path at which an order is read, for the Location header. It keeps the prefix of the request's own path, which is
 * the stage or the base path of a custom domain.
 *
 * @param event a request to any route under `/orders`.
 */
export function orderLocation(event: APIGatewayProxyEvent, orderId: string): string {
  return `${(event.requestContext.path ?? event.path).replace(/\/orders(\/.*)?$/, '')}/orders/${orderId}`;
}
