import { toGatewayModel } from '../../build/gateway-model.ts';
import { authRequestSchema } from '../../functions/auth/auth-request.schema.ts';
import { orderRequestSchema } from '../../functions/create-order/order-request.schema.ts';
import { productChangeSchema } from '../../functions/put-product/product-change.schema.ts';

/** Every keyword of a model; the names of its properties are none. */
function keywordsOf(model: Record<string, unknown>): string[] {
  const {
    properties = {},
    items,
    ...rest
  } = model as {
    properties?: Record<string, Record<string, unknown>>;
    items?: Record<string, unknown>;
  };
  return [
    ...Object.keys(rest),
    ...Object.values(properties).flatMap(keywordsOf),
    ...(items === undefined ? [] : keywordsOf(items)),
  ];
}

test.each([
  ['the order request', orderRequestSchema],
  ['the product change', productChangeSchema],
  ['the auth request', authRequestSchema],
])('%s uses no keyword that the importer of API Gateway drops', (_name, schema) => {
  const dropped = ['anyOf', 'allOf', 'oneOf', 'not', 'additionalProperties', 'minItems', 'maxItems', 'uniqueItems'];
  const keywords = keywordsOf(toGatewayModel(schema) as Record<string, unknown>);
  expect(keywords.filter((keyword) => dropped.includes(keyword))).toEqual([]);
});

test('no model has a property that says nothing', () => {
  const empty = (model: Record<string, unknown>): boolean =>
    Object.keys(model).length === 0 ||
    Object.values((model.properties ?? {}) as Record<string, Record<string, unknown>>).some(empty);
  for (const schema of [orderRequestSchema, productChangeSchema, authRequestSchema]) {
    expect(empty(toGatewayModel(schema) as Record<string, unknown>)).toBe(false);
  }
});

test('keeps types, required members, patterns and lengths at every depth', () => {
  expect(toGatewayModel(orderRequestSchema)).toMatchObject({
    type: 'object',
    required: ['items', 'shippingAddress', 'paymentMethod'],
    properties: {
      items: {
        type: 'array',
        items: {
          required: ['productId', 'quantity'],
          properties: { quantity: { type: 'integer', minimum: 1, maximum: 999 } },
        },
      },
      shippingAddress: { properties: { zipCode: { type: 'string', minLength: 1, maxLength: 20 } } },
    },
  });
});
