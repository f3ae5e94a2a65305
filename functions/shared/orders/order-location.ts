import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * Where an order is read: a path, from a request to any route under `/orders`. It begins with what the request's own
 * path begins with, which is the stage, or whatever a custom domain has in its place.
 */
export function orderLocation({ requestContext, path }: APIGatewayProxyEvent, orderId: string): string {
  return `${(requestContext.path ?? path).replace(/\/orders(\/.*)?$/, '')}/orders/${orderId}`;
}
