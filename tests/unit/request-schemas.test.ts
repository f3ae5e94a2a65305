import validateAuthRequest from '../../functions/auth/auth-request.validator.js';
import validateOrderRequest from '../../functions/create-order/order-request.validator.js';
import validateProductChange from '../../functions/put-product/product-change.validator.js';
import { SAMPLE_ORDER } from '../../local/sample-request.ts';

test.each(['a', ' ', 'a ', '\u00e9', '@', '.', 'a@', 'A1a'])(
  'every request schema refuses a long member full of %j in little time',
  (piece) => {
    const [line] = SAMPLE_ORDER.items;
    const long = `${piece.repeat(190_000 / Buffer.byteLength(piece))}\u0000`;
    const bodies: [object, (body: unknown) => boolean][] = [
      [{ ...SAMPLE_ORDER, customerName: long }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, notify: { email: long } }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, paymentToken: long }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, orderDate: long }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, items: [{ ...line, productId: long }] }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, items: [{ ...line, name: long }] }, validateOrderRequest],
      [{ ...SAMPLE_ORDER, shippingAddress: { ...SAMPLE_ORDER.shippingAddress, street: long } }, validateOrderRequest],
      [{ action: 'login', email: long, password: long }, validateAuthRequest],
      [{ action: 'reset', email: 'a@example.com', code: long, password: long }, validateAuthRequest],
      [{ action: 'logout', refreshToken: long }, validateAuthRequest],
      [{ name: long, reason: long }, validateProductChange],
    ];
    const started = performance.now();
    for (const [body, validate] of bodies) expect(validate(body)).toBe(false);
    // A pattern of quadratic time takes more than ten seconds for one of these.
    expect(performance.now() - started).toBeLessThan(2000);
  },
);
