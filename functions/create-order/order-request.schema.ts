import type { FromSchema } from 'json-schema-to-ts';
import { text } from '../shared/api/text.ts';
import { PRODUCT_ID_PATTERN } from '../shared/catalogue/product.ts';

/** An amount that a client states. `multipleOf: 0.01` cannot be used for two decimals, because it refuses 19.99. */
const amount = { type: 'number', minimum: 0, maximum: 1_000_000_000 } as const;

export const orderRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['items', 'shippingAddress', 'paymentMethod'],
  properties: {
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['productId', 'quantity'],
        properties: {
          productId: { type: 'string', pattern: PRODUCT_ID_PATTERN },
          quantity: { type: 'integer', minimum: 1, maximum: 999 },
          name: text(200),
          price: amount,
        },
      },
    },
    shippingAddress: {
      type: 'object',
      additionalProperties: false,
      required: ['street', 'city', 'state', 'zipCode'],
      properties: { street: text(200), city: text(100), state: text(100), zipCode: text(20) },
    },
    paymentMethod: { type: 'string', enum: ['credit_card'] },
    paymentToken: {
      description: [
        "The card, as the payment provider's page gave it to the client. The sandbox provider knows test tokens instead:",
        '`tok_approved` (the same as none) succeeds; `tok_declined` and `tok_insufficient_funds` are declined, as is any',
        'that it does not know. With SandboxFaults also: `tok_capture_declined`, `tok_unavailable_once`,',
        '`tok_unavailable`, `tok_refund_unavailable`, `tok_authorized_then_timeout`, `tok_captured_then_timeout`.',
      ].join(' '),
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,200}(@[A-Za-z0-9_.-]{1,100})?$',
    },
    customerName: text(200),
    // With addresses of the client's own, anybody could be mailed.
    notify: {
      description:
        "The channels that tell of the order's outcome. By default e-mail. The addresses are the verified ones of the account.",
      type: 'object',
      additionalProperties: false,
      properties: { email: { type: 'boolean' }, sms: { type: 'boolean' } },
    },
    orderId: text(100),
    customerId: text(100),
    orderDate: {
      type: 'string',
      pattern:
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$',
    },
    totalAmount: amount,
  },
} as const;

/** Clients once sent addresses here. They read what the members are now. */
export const NOTIFY_VIOLATIONS = {
  '/notify/email': 'must be true or false; the address is that of your account',
  '/notify/sms': 'must be true or false; the number is that of your account',
} as const;

export type OrderRequest = FromSchema<typeof orderRequestSchema>;
