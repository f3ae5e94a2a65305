import { randomUUID } from 'node:crypto';
import type { Channel, Delivery, DeliveryKey, SkipReason } from '../shared/notifications/delivery.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { Order } from '../shared/orders/order.ts';
import { findOrder, OrderNotFound, type OrdersTable } from '../shared/orders/order-table.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { type AttemptEnd, beginDelivery, endDelivery, giveUpSms, skipDelivery } from './delivery-record.ts';
import { type CustomerEvent, renderEmail } from './render-email.ts';
import { renderSms } from './render-sms.ts';
import { type EmailSender, type SmsSender, wasRefused } from './senders.ts';

export interface DeliverResources extends OrdersTable, OperationsTable {
  /** Undefined when there is no identity that could send. */
  email: EmailSender | undefined;
  sms: SmsSender;
  /** Two letters each. Customers of other countries are not told by SMS. */
  smsCountries: readonly string[];
}

/**
 * What became of a notification on one channel.
 *
 * - SENT, SKIPPED, FAILED and UNKNOWN: as the row says, or will once it can be written.
 * - DONE_BEFORE: an earlier receive of the message came to an end that stays.
 * - IN_PROGRESS: another worker has it, or died with it a moment ago.
 */
export type ChannelOutcome = { channel: Channel } & (
  | { result: 'SENT'; providerId: string }
  | { result: 'SKIPPED'; reason: SkipReason }
  | { result: 'FAILED' | 'UNKNOWN'; error: string }
  | { result: 'DONE_BEFORE' | 'IN_PROGRESS' }
);

/** Whether the message has to come again for this channel. */
export function isPending({ result }: ChannelOutcome): boolean {
  return result === 'FAILED' || result === 'IN_PROGRESS';
}

/**
 * Tells the customer of an order one outcome, on each channel of the order. A channel that fails does not keep back the
 * other one. It may run again, also at the same time: docs/protocol.md has the rules.
 *
 * @param leaseMs after how many milliseconds this worker will have ended for certain.
 * @throws OrderNotFound, and what DynamoDB throws when the order is read.
 */
export async function deliverNotification(
  event: CustomerEvent,
  leaseMs: number,
  resources: DeliverResources,
): Promise<ChannelOutcome[]> {
  const order = await findOrder(event.orderId, resources);
  if (!order) throw new OrderNotFound(event.orderId);
  const outcomes: ChannelOutcome[] = [];
  for (const way of await waysTo(order, event, resources)) {
    const failed = (error: unknown): ChannelOutcome => ({ channel: way.channel, result: 'FAILED', ...nameOf(error) });
    outcomes.push(await deliverBy(way, event, leaseMs, resources).catch(failed));
  }
  return outcomes;
}

/** How a customer is told on one channel, or why not. */
type Way = { channel: Channel } & (
  | { skip: SkipReason }
  /** Writes the message, and returns what sends it. */
  | { prepare: () => () => Promise<string> }
);

async function waysTo(order: Order, event: CustomerEvent, resources: DeliverResources): Promise<Way[]> {
  const email: Way = { channel: 'email', ...wayByEmail(order, event, resources) };
  // An SMS that nobody chose leaves no row, because nearly no order has one.
  return order.notify?.sms === true
    ? [email, { channel: 'sms', ...(await wayBySms(order, event, resources)) }]
    : [email];
}

function wayByEmail(order: Order, event: CustomerEvent, { email: send }: DeliverResources) {
  const to = order.contact?.email;
  if (order.notify?.email === false) return { skip: 'NOT_WANTED' as const };
  if (to === undefined) return { skip: 'NO_ADDRESS' as const };
  if (send === undefined) return { skip: 'NO_SENDER' as const };
  return {
    prepare() {
      const message = renderEmail(event, order, {});
      return () => send({ to, ...message, eventType: event.type });
    },
  };
}

async function wayBySms(order: Order, event: CustomerEvent, { sms: send, smsCountries }: DeliverResources) {
  const phone = order.contact?.phone;
  if (phone === undefined) return { skip: 'NUMBER_NOT_VERIFIED' as const };
  // Loaded for the first SMS. Most shops send none, and its rules are half of this function's code.
  const { countryOf } = await import('./sms-country.ts');
  if (!smsCountries.includes(countryOf(phone) ?? '')) return { skip: 'COUNTRY_NOT_ALLOWED' as const };
  return {
    prepare() {
      const text = renderSms(event, order);
      return () => send(phone, text);
    },
  };
}

async function deliverBy(
  way: Way,
  { orderId, noticeId }: CustomerEvent,
  leaseMs: number,
  resources: DeliverResources,
): Promise<ChannelOutcome> {
  const { channel } = way;
  const key = { orderId, noticeId, channel };
  const now = Date.now();
  if ('skip' in way) {
    const skipped = await skipDelivery(key, way.skip, timeOf(now), resources);
    if ('written' in skipped) return { channel, result: 'SKIPPED', reason: way.skip };
    return afterRefusal(key, skipped.refusedBy, resources);
  }
  const attempt = { attemptId: randomUUID(), now: timeOf(now), leaseUntil: timeOf(now + leaseMs) };
  const begun = await beginDelivery(key, attempt, resources);
  if ('refusedBy' in begun) return afterRefusal(key, begun.refusedBy, resources);

  const end = await attemptOf(channel, way.prepare);
  // When it is refused, another worker took the e-mail over. What happened here stays true.
  await endDelivery(key, attempt, end, timeOf(Date.now()), resources);
  const { status: result, ...details } = end;
  return { channel, result, ...details } as ChannelOutcome;
}

async function attemptOf(channel: Channel, prepare: () => () => Promise<string>): Promise<AttemptEnd> {
  let send: () => Promise<string>;
  try {
    send = prepare();
  } catch (error) {
    return { status: 'FAILED', ...nameOf(error) };
  }
  try {
    return { status: 'SENT', providerId: await send() };
  } catch (error) {
    // An e-mail is sent again when nobody knows whether it was sent, and an SMS is not.
    const isUnclear = channel === 'sms' && !wasRefused(error);
    return { status: isUnclear ? 'UNKNOWN' : 'FAILED', ...nameOf(error) };
  }
}

/** What a row means that refused an attempt to begin. */
async function afterRefusal(
  key: DeliveryKey,
  row: Delivery | undefined,
  resources: DeliverResources,
): Promise<ChannelOutcome> {
  const { channel } = key;
  if (row?.status !== 'SENDING') return { channel, result: 'DONE_BEFORE' };
  const now = timeOf(Date.now());
  if (channel !== 'sms' || (row.leaseUntil ?? '') > now) return { channel, result: 'IN_PROGRESS' };
  const givenUp = await giveUpSms({ ...key, channel }, row, now, resources);
  if ('written' in givenUp) return { channel, result: 'UNKNOWN', error: givenUp.written.error ?? '' };
  return { channel, result: 'IN_PROGRESS' };
}

/** Names only. What a provider writes may hold an address. */
function nameOf(error: unknown): { error: string } {
  const name = errorName(error) ?? 'UnknownError';
  // A connection that fails is a plain Error with a code, such as ECONNREFUSED.
  const { code } = error as { code?: unknown };
  return { error: name === 'Error' && typeof code === 'string' ? code : name };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
