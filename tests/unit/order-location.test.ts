import { orderLocation } from '../../functions/shared/orders/order-location.ts';
import { apiEvent } from '../support/api-event.ts';

test.each([
  ['/api/orders', '/api/orders/1'],
  ['/api/orders/1/cancel', '/api/orders/1'],
  ['/api/orders/1/retry', '/api/orders/1'],
  ['/orders', '/orders/1'],
])('after a request to %s, the location of the order is %s', (path, location) => {
  expect(orderLocation(apiEvent({ requestContext: { path } as never }), '1')).toBe(location);
});
