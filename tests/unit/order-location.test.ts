import { orderLocation } from '../../functions/shared/orders/order-location.ts';
import { apiEvent } from '../support/api-event.ts';

test.each([
  ['/orders', 'orders/1'],
  ['/orders/', '1'],
  ['/orders/1/cancel', '../1'],
  ['/orders/1/retry', '../1'],
])('after a request to %s, the location of the order is %s, wherever the API is', (path, location) => {
  expect(orderLocation(apiEvent({ path }), '1')).toBe(location);
  for (const api of [
    'https://example.com',
    'https://example.com/api',
    'http://127.0.0.1:4566/_aws/execute-api/x/api',
  ]) {
    expect(new URL(location, `${api}${path}`).href).toBe(`${api}/orders/1`);
  }
});
