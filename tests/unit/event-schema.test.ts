import { globSync, readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { eventSchemaFile, toEventSchema } from '../../build/event-schema.ts';
import { pendingEvents } from '../../functions/notify/outcome-events.ts';
import { orderCompletedSchema, outcomeEventSchema } from '../../functions/shared/notifications/outcome-event.schema.ts';
import type { Order, Outcome } from '../../functions/shared/orders/order.ts';

const FILES = globSync('docs/events/*.schema.json').sort();
const published = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** A subscriber's validator: what is in the one file, and nothing of ours. */
function validatorOf(file: string) {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats(ajv);
  return ajv.compile(published(file));
}

const AT = '2026-01-02T03:04:05.678Z';
const order: Order = {
  orderId: '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10',
  createdAt: AT,
  status: 'PROCESSING',
  customerId: 'alice',
  items: [{ productId: 'A', name: 'Apple', quantity: 3, unitPrice: 2999 }],
  total: 8997,
  currency: 'USD',
  shippingAddress: { street: 's', city: 'c', state: 'x', zipCode: 'z' },
  paymentMethod: 'credit_card',
  history: [],
};
const OUTCOMES: [Outcome, string][] = [
  ['COMPLETED', 'docs/events/order-completed.schema.json'],
  ['FAILED', 'docs/events/order-failed.schema.json'],
  ['CANCELLED', 'docs/events/order-cancelled.schema.json'],
  ['NEEDS_ATTENTION', 'docs/events/order-needs-attention.schema.json'],
];

test.each(FILES)('%s stands alone, says what it is, and is in the table of events', (file) => {
  expect(() => validatorOf(file)).not.toThrow();
  const { title, $id, description } = published(file);
  expect(`docs/events/${eventSchemaFile(String(title))}`).toBe(file);
  expect($id).toBe(`urn:order-processing:event:${title}:1`);
  expect(description).toMatch(/\.$/);
  expect(readFileSync('docs/events/README.md', 'utf8')).toContain(`[${title}](${file.split('/').at(-1)})`);
});

test('every event of an outcome has a published schema', () => {
  const titles = outcomeEventSchema.oneOf.map(({ title }) => `docs/events/${eventSchemaFile(title)}`);
  expect(titles.sort()).toEqual(OUTCOMES.map(([, file]) => file).sort());
  expect(FILES).toEqual(expect.arrayContaining(titles));
});

test.each(OUTCOMES)('what notify publishes for %s is by the schema of its event, and of no other', (status, file) => {
  const [event] = pendingEvents({ ...order, history: [{ status, at: AT }] });
  expect(OUTCOMES.filter(([, one]) => validatorOf(one)(event))).toEqual([[status, file]]);
});

test('a subscriber that is held to the published schema takes a member that is new', () => {
  const [event] = pendingEvents({ ...order, history: [{ status: 'COMPLETED', at: AT }] });
  const validate = validatorOf('docs/events/order-completed.schema.json');
  expect(validate({ ...event, giftWrapped: true })).toBe(true);
  expect(validate({ ...event, totalAmount: -1 })).toBe(false);
});

test.each<[string, object]>([
  ['another title', { title: 'OrderFinished' }],
  ['no description', { description: undefined }],
  ['no version', { properties: {} }],
])('a schema with %s is not published', (_, changes) => {
  expect(() => toEventSchema('OrderCompleted', { ...orderCompletedSchema, ...changes })).toThrow(/OrderCompleted/);
});
