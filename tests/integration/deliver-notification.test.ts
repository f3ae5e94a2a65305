import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import {
  type ChannelOutcome,
  type DeliverResources,
  deliverNotification,
  isPending,
} from '../../functions/deliver-notification/deliver-notification.ts';
import {
  beginDelivery,
  endDelivery,
  giveUpSms,
  skipDelivery,
} from '../../functions/deliver-notification/delivery-record.ts';
import type { CustomerEvent } from '../../functions/deliver-notification/render-email.ts';
import { emailSender, smsSender } from '../../functions/deliver-notification/senders.ts';
import { CLIENT_SETTINGS } from '../../functions/shared/aws/client-settings.ts';
import {
  type Channel,
  type Delivery,
  deliveryKey,
  findDeliveries,
} from '../../functions/shared/notifications/delivery.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { orderRow, putOrder } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';

// The decisions, on real tables, against SES and SNS over real HTTP that answer as a test plans. The deployed function
// is tested in tests/workflow/deliver-notification.test.ts.

const EMAIL = 'ada@customers.example';
const PHONE = '+4741234567';
const LEASE_MS = 60_000;
/** Of a worker that has died: its time is over. */
const OVER_MS = -1;
const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

let providers: FakeProviders;
let resources: DeliverResources;
beforeAll(async () => {
  providers = await FakeProviders.start();
  resources = resourcesAt(providers.endpoint);
});
afterAll(() => providers.stop());
beforeEach(() => providers.reset());

/** As the handler has them, with the clients' own settings. */
function resourcesAt(endpoint: string): DeliverResources {
  const ses = new SESv2Client({ ...CREDENTIALS, ...CLIENT_SETTINGS.ses, endpoint });
  const sns = new SNSClient({ ...CREDENTIALS, ...CLIENT_SETTINGS.sms, endpoint });
  return {
    dynamodb,
    ordersTable: stack.ordersTable,
    operationsTable: stack.operationsTable,
    email: emailSender({ ses, from: 'shop@shop.example', configurationSet: 'mails' }),
    sms: smsSender(sns),
    smsCountries: ['NO', 'US'],
  };
}

function completed(changes: Partial<Order> = {}): Promise<Order> {
  return putOrder({ status: 'COMPLETED', contact: { email: EMAIL, phone: PHONE }, ...changes });
}
const bySms = { notify: { email: false, sms: true } };
const byBoth = { notify: { sms: true } };

function eventOf({ orderId, currency }: Pick<Order, 'orderId' | 'currency'>): CustomerEvent {
  return {
    type: 'OrderCompleted',
    version: 1,
    noticeId: `${orderId}:2`,
    orderId,
    sequence: 2,
    at: '2026-01-02T03:04:05.678Z',
    status: 'COMPLETED',
    totalAmount: 39.98,
    currency,
  };
}

function deliver(order: Order, { leaseMs = LEASE_MS, on = resources } = {}): Promise<ChannelOutcome[]> {
  return deliverNotification(eventOf(order), leaseMs, on);
}

async function rowOf({ orderId }: Order, channel: Channel): Promise<Delivery | undefined> {
  const Key = deliveryKey({ orderId, noticeId: `${orderId}:2`, channel });
  const { Item } = await dynamodb.send(new GetCommand({ TableName: stack.operationsTable, Key, ConsistentRead: true }));
  return Item as Delivery | undefined;
}

/** Begins an attempt and sends nothing, as a worker that dies between the two. */
async function dieBeforeSending(order: Order, channel: Channel, leaseMs: number): Promise<void> {
  const now = Date.now();
  const [at, leaseUntil] = [new Date(now).toISOString(), new Date(now + leaseMs).toISOString()];
  const key = { orderId: order.orderId, noticeId: `${order.orderId}:2`, channel };
  const begun = await beginDelivery(key, { attemptId: 'of-the-dead', now: at, leaseUntil }, resources);
  expect(begun).toHaveProperty('written');
}

describe('an e-mail', () => {
  test('says what was ordered, goes to the verified address, and is recorded without it', async () => {
    const order = await completed();
    const [outcome, ...more] = await deliver(order);
    expect([outcome, more]).toEqual([{ channel: 'email', result: 'SENT', providerId: expect.any(String) }, []]);
    expect(providers.emails).toEqual([
      {
        to: EMAIL,
        from: 'shop@shop.example',
        subject: expect.stringContaining(order.orderId),
        text: expect.stringContaining('Widget Pro'),
        html: expect.stringContaining('Widget Pro'),
        configurationSet: 'mails',
      },
    ]);
    const row = await rowOf(order, 'email');
    expect(row).toMatchObject({ status: 'SENT', attempts: 1, noticeId: `${order.orderId}:2`, channel: 'email' });
    expect(JSON.stringify(row)).not.toContain(EMAIL);
    const days = ((row?.expiresAt ?? 0) - Date.now() / 1000) / 86_400;
    expect(Math.round(days)).toBe(30);
  });

  test('is sent once when the message comes again', async () => {
    const order = await completed();
    await deliver(order);
    expect(await deliver(order)).toEqual([{ channel: 'email', result: 'DONE_BEFORE' }]);
    expect(providers.emails).toHaveLength(1);
  });

  test('is sent once when SES fails twice and then works', async () => {
    const order = await completed();
    const refusal = { status: 400, error: 'MessageRejected' };
    providers.plan(refusal, refusal);
    const results = [await deliver(order), await deliver(order), await deliver(order), await deliver(order)];
    expect(results.map(([outcome]) => outcome?.result)).toEqual(['FAILED', 'FAILED', 'SENT', 'DONE_BEFORE']);
    expect(providers.emails).toHaveLength(1);
    const row = await rowOf(order, 'email');
    expect(row).toMatchObject({ status: 'SENT', attempts: 3 });
    expect(row).not.toHaveProperty('error');
  });

  test.each([
    ['in its sandbox', 400, 'MessageRejected', 'Email address is not verified: ada@customers.example'],
    ['without a verified sender', 400, 'MailFromDomainNotVerifiedException', undefined],
    ['with a suspended account', 400, 'AccountSuspendedException', undefined],
    ['with a paused account', 400, 'SendingPausedException', undefined],
    ['over its rate', 429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'],
    ['over its daily quota', 400, 'LimitExceededException', undefined],
    ['without the right', 403, 'AccessDeniedException', undefined],
    ['out of order', 500, 'InternalServiceErrorException', undefined],
  ])('comes again, and names the error without an address, when SES is %s', async (_name, status, error, message) => {
    const order = await completed();
    providers.otherwise = { status, error, ...(message !== undefined && { message }) };
    const outcomes = await deliver(order);
    expect(outcomes).toEqual([{ channel: 'email', result: 'FAILED', error }]);
    expect(outcomes.every(isPending)).toBe(true);
    const row = await rowOf(order, 'email');
    expect(row).toMatchObject({ status: 'FAILED', attempts: 1, error });
    expect(JSON.stringify(row)).not.toContain('@');
    providers.otherwise = 'take';
    expect(await deliver(order)).toMatchObject([{ result: 'SENT' }]);
    expect(providers.emails).toHaveLength(1);
  });

  test('comes again when SES is down', async () => {
    const gone = await FakeProviders.start();
    const on = resourcesAt(gone.endpoint);
    await gone.stop();
    const order = await completed();
    expect(await deliver(order, { on })).toMatchObject([{ channel: 'email', result: 'FAILED' }]);
    expect(await deliver(order)).toMatchObject([{ result: 'SENT' }]);
  });

  test('comes again when SES never answers, within the time that a message has', async () => {
    providers.otherwise = 'hang';
    const order = await completed();
    const started = Date.now();
    expect(await deliver(order)).toEqual([{ channel: 'email', result: 'FAILED', error: 'TimeoutError' }]);
    expect(Date.now() - started).toBeLessThan(10_000);
    providers.otherwise = 'take';
    expect(await deliver(order)).toMatchObject([{ result: 'SENT' }]);
  });

  test('is sent twice, and not never, when every answer of SES was lost', async () => {
    const order = await completed();
    providers.plan('lose-answer', 'lose-answer');
    expect(await deliver(order)).toMatchObject([{ result: 'FAILED' }]);
    expect(await deliver(order)).toMatchObject([{ result: 'SENT' }]);
    // At least once: the SDK repeats the call itself, and the next receive does too.
    expect(providers.emails).toHaveLength(3);
  });

  test('waits for a worker that may live, and is sent once its time is over', async () => {
    const order = await completed();
    await dieBeforeSending(order, 'email', LEASE_MS);
    expect(await deliver(order)).toEqual([{ channel: 'email', result: 'IN_PROGRESS' }]);
    expect(providers.calls).toBe(0);

    const other = await completed();
    await dieBeforeSending(other, 'email', OVER_MS);
    expect(await deliver(other)).toMatchObject([{ result: 'SENT' }]);
    expect(await rowOf(other, 'email')).toMatchObject({ status: 'SENT', attempts: 2 });
    expect(providers.emails).toHaveLength(1);
  });

  test('is sent once by many workers at once', async () => {
    const order = await completed();
    const outcomes = (await Promise.all(Array.from({ length: 10 }, () => deliver(order)))).flat();
    expect(outcomes.filter(({ result }) => result === 'SENT')).toHaveLength(1);
    expect(outcomes.every(({ result }) => ['SENT', 'IN_PROGRESS', 'DONE_BEFORE'].includes(result))).toBe(true);
    expect(providers.emails).toHaveLength(1);
  });

  test('that a slow worker ends late does not change what a newer one wrote', async () => {
    const order = await completed();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    providers.plan(() => held.then(() => 'take' as const));
    const slow = deliver(order, { leaseMs: OVER_MS });
    while (providers.calls === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await deliver(order)).toMatchObject([{ result: 'SENT' }]);
    const before = await rowOf(order, 'email');
    release();
    expect(await slow).toMatchObject([{ result: 'SENT' }]);
    expect(await rowOf(order, 'email')).toEqual(before);
    expect(providers.emails).toHaveLength(2);
  });

  test('whose text has no value for a line fails by name, and SES is not called', async () => {
    const { name: _, ...nameless } = orderRow().items[0] ?? {};
    const order = await completed({ items: [nameless] as Order['items'] });
    expect(await deliver(order)).toEqual([{ channel: 'email', result: 'FAILED', error: 'TextMissing' }]);
    expect(await rowOf(order, 'email')).toMatchObject({ status: 'FAILED', error: 'TextMissing' });
    expect(providers.calls).toBe(0);
  });
});

describe('an SMS', () => {
  test('is short, goes to the verified number, and comes beside the e-mail', async () => {
    const order = await completed(byBoth);
    expect(await deliver(order)).toMatchObject([
      { channel: 'email', result: 'SENT' },
      { channel: 'sms', result: 'SENT' },
    ]);
    expect(providers.sms).toEqual([{ phone: PHONE, text: expect.any(String) }]);
    expect(JSON.stringify(await rowOf(order, 'sms'))).not.toContain(PHONE);
  });

  test.each([
    ['an answer was lost', 'lose-answer' as const],
    ['SNS fails without saying that it sent nothing', { status: 500, error: 'InternalError' }],
  ])('is never sent again when %s', async (_name, answer) => {
    const order = await completed(bySms);
    providers.plan(answer);
    const [, outcome] = await deliver(order);
    expect(outcome).toMatchObject({ channel: 'sms', result: 'UNKNOWN' });
    expect(providers.calls).toBe(1);
    expect(await deliver(order)).toMatchObject([{ channel: 'email' }, { channel: 'sms', result: 'DONE_BEFORE' }]);
    expect(providers.calls).toBe(1);
    expect(await rowOf(order, 'sms')).toMatchObject({ status: 'UNKNOWN', attempts: 1 });
  });

  test('is never sent again when SNS does not answer in time', async () => {
    const order = await completed(bySms);
    providers.plan('hang');
    expect((await deliver(order))[1]).toEqual({ channel: 'sms', result: 'UNKNOWN', error: 'TimeoutError' });
    expect((await deliver(order))[1]).toEqual({ channel: 'sms', result: 'DONE_BEFORE' });
    expect(providers.calls).toBe(1);
  });

  test.each([
    ['throttles it', { status: 429, error: 'Throttled' }],
    ['refuses it', { status: 400, error: 'InvalidParameter' }],
  ])('comes again when SNS %s, because it was not sent', async (_name, refusal) => {
    const order = await completed(bySms);
    providers.plan(refusal);
    expect((await deliver(order))[1]).toMatchObject({ channel: 'sms', result: 'FAILED' });
    expect((await deliver(order))[1]).toMatchObject({ channel: 'sms', result: 'SENT' });
    expect(providers.sms).toHaveLength(1);
  });

  test('whose worker died is UNKNOWN once its time is over, and is never sent again', async () => {
    const order = await completed(bySms);
    await dieBeforeSending(order, 'sms', LEASE_MS);
    expect((await deliver(order))[1]).toEqual({ channel: 'sms', result: 'IN_PROGRESS' });

    const other = await completed(bySms);
    await dieBeforeSending(other, 'sms', OVER_MS);
    expect((await deliver(other))[1]).toEqual({ channel: 'sms', result: 'UNKNOWN', error: 'WorkerEnded' });
    expect((await deliver(other))[1]).toEqual({ channel: 'sms', result: 'DONE_BEFORE' });
    expect(providers.sms).toEqual([]);
  });

  test('does not keep back the e-mail when it fails, nor the other way round', async () => {
    const order = await completed(byBoth);
    providers.plan({ status: 400, error: 'MessageRejected' });
    expect((await deliver(order)).map(({ result }) => result)).toEqual(['FAILED', 'SENT']);
    expect((await deliver(order)).map(({ result }) => result)).toEqual(['SENT', 'DONE_BEFORE']);
    expect([providers.emails, providers.sms].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('nothing is sent, and the row says why,', () => {
  const withoutSender = (): DeliverResources => ({ ...resources, email: undefined });
  test.each<[string, Partial<Order>, Channel, string, () => DeliverResources]>([
    ['without a sender', {}, 'email', 'NO_SENDER', withoutSender],
    ['without an address', { contact: { phone: PHONE } }, 'email', 'NO_ADDRESS', () => resources],
    ['to an order without contact', { contact: {} }, 'email', 'NO_ADDRESS', () => resources],
    ['when no e-mail is wanted', { notify: { email: false } }, 'email', 'NOT_WANTED', () => resources],
    [
      'to a number that is not verified',
      { ...bySms, contact: { email: EMAIL } },
      'sms',
      'NUMBER_NOT_VERIFIED',
      () => resources,
    ],
    [
      'to a country that is not allowed',
      { ...bySms, contact: { phone: '+4915112345678' } },
      'sms',
      'COUNTRY_NOT_ALLOWED',
      () => resources,
    ],
    [
      'to a country that shares its code with an allowed one',
      { ...bySms, contact: { phone: '+14165550123' } },
      'sms',
      'COUNTRY_NOT_ALLOWED',
      () => resources,
    ],
    ['to what is no number', { ...bySms, contact: { phone: '+999' } }, 'sms', 'COUNTRY_NOT_ALLOWED', () => resources],
    [
      'by SMS when no country is allowed',
      bySms,
      'sms',
      'COUNTRY_NOT_ALLOWED',
      () => ({ ...resources, smsCountries: [] }),
    ],
  ])('%s', async (_name, changes, channel, reason, on) => {
    const order = await completed(changes);
    const outcomes = await deliver(order, { on: on() });
    expect(outcomes).toContainEqual({ channel, result: 'SKIPPED', reason });
    expect(outcomes.some(isPending)).toBe(false);
    expect(await rowOf(order, channel)).toMatchObject({ status: 'SKIPPED', reason, attempts: 0 });
    expect(providers.calls).toBe(0);
  });

  test('and an SMS that nobody chose leaves no row', async () => {
    const order = await completed();
    expect(await deliver(order)).toHaveLength(1);
    expect(await rowOf(order, 'sms')).toBeUndefined();
  });
});

test('an order that does not exist is told apart, and leaves no row', async () => {
  const order = orderRow();
  await expect(deliver(order)).rejects.toMatchObject({ name: 'OrderNotFound' });
  expect(await findDeliveries(order.orderId, resources)).toEqual([]);
});

describe('every write says which state it allows:', () => {
  const STATES = ['absent', 'SENDING', 'SENDING over', 'SENT', 'FAILED', 'SKIPPED', 'UNKNOWN'] as const;
  type State = (typeof STATES)[number];
  const at = () => new Date().toISOString();
  const msFromNow = (ms: number) => new Date(Date.now() + ms).toISOString();

  /** A delivery of its own in a state, made by the writes themselves. */
  async function inState(state: State, channel: Channel) {
    const { orderId } = orderRow();
    const key = { orderId, noticeId: `${orderId}:2`, channel };
    const first = { attemptId: 'first' };
    if (state === 'absent') return key;
    if (state === 'SKIPPED') await skipDelivery(key, 'NO_ADDRESS', at(), resources);
    else {
      const leaseUntil = msFromNow(state === 'SENDING over' ? OVER_MS : LEASE_MS);
      await beginDelivery(key, { ...first, now: at(), leaseUntil }, resources);
    }
    if (state === 'SENT') await endDelivery(key, first, { status: 'SENT', providerId: 'p' }, at(), resources);
    if (state === 'FAILED') await endDelivery(key, first, { status: 'FAILED', error: 'E' }, at(), resources);
    if (state === 'UNKNOWN') await endDelivery(key, first, { status: 'UNKNOWN', error: 'E' }, at(), resources);
    return key;
  }

  const second = () => ({ attemptId: 'second', now: at(), leaseUntil: msFromNow(LEASE_MS) });
  const WRITES: Record<
    string,
    { allowed: State[]; channel: Channel; make: (key: Awaited<ReturnType<typeof inState>>) => Promise<object> }
  > = {
    'an e-mail begins': {
      allowed: ['absent', 'FAILED', 'SENDING over'],
      channel: 'email',
      make: (key) => beginDelivery(key, second(), resources),
    },
    'an SMS begins': {
      allowed: ['absent', 'FAILED'],
      channel: 'sms',
      make: (key) => beginDelivery(key, second(), resources),
    },
    'an e-mail is skipped': {
      allowed: ['absent', 'FAILED', 'SENDING over'],
      channel: 'email',
      make: (key) => skipDelivery(key, 'NO_SENDER', at(), resources),
    },
    'an SMS is skipped': {
      allowed: ['absent', 'FAILED'],
      channel: 'sms',
      make: (key) => skipDelivery(key, 'COUNTRY_NOT_ALLOWED', at(), resources),
    },
    'the attempt ends': {
      allowed: ['SENDING', 'SENDING over'],
      channel: 'email',
      make: (key) => endDelivery(key, { attemptId: 'first' }, { status: 'FAILED', error: 'Other' }, at(), resources),
    },
    'another attempt ends': {
      allowed: [],
      channel: 'email',
      make: (key) => endDelivery(key, { attemptId: 'other' }, { status: 'SENT', providerId: 'o' }, at(), resources),
    },
    'an SMS is given up': {
      allowed: ['SENDING over'],
      channel: 'sms',
      make: (key) => giveUpSms({ ...key, channel: 'sms' }, { attemptId: 'first' }, at(), resources),
    },
  };

  const cases = Object.keys(WRITES).flatMap((write) => STATES.map((state) => [write, state] as const));
  test.each(cases)('%s, when it is %s', async (name, state) => {
    const write = WRITES[name] ?? WRITES['the attempt ends'];
    // The same end again is the same write: its first answer was lost.
    const isRepeat = name === 'the attempt ends' && state === 'FAILED';
    const allowed = isRepeat || (write?.allowed.includes(state) ?? false);
    const key = await inState(state, write?.channel ?? 'email');
    expect(await write?.make(key)).toHaveProperty(allowed ? 'written' : 'refusedBy');
  });

  test('the first try of a begin whose answer was lost is known again', async () => {
    const key = await inState('absent', 'sms');
    const attempt = second();
    await beginDelivery(key, attempt, resources);
    expect(await beginDelivery(key, attempt, resources)).toHaveProperty('written');
    expect(await findDeliveries(key.orderId, resources)).toMatchObject([{ status: 'SENDING', attempts: 1 }]);
  });
});
