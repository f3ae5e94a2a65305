import { excerpt } from '../../ops/excerpt.ts';
import { executionText } from '../../ops/execution-text.ts';
import { failureOf } from '../../ops/exit.ts';
import { type AccountFacts, doctorText, findings } from '../../ops/findings.ts';
import { orderText } from '../../ops/order-text.ts';
import { type Machinery, troubles } from '../../ops/wellness.ts';

const plain = (_style: unknown, text: string) => text;

describe('troubles', () => {
  const overview = {
    at: '2026-11-21T10:00:00.000Z',
    since: '2026-11-21T00:00:00.000Z',
    orders: { PENDING: 0, PROCESSING: 1, COMPLETED: 7, FAILED: 1, CANCELLED: 0, NEEDS_ATTENTION: 0 },
    placedToday: 9,
    valueToday: [],
    needAttention: 0,
    deadLetters: [{ queue: 'orders', messages: 0 }],
    breakers: [{ provider: 'sandbox', account: 'main', state: 'CLOSED' as const, failures: 2 }],
    lowerBounds: [],
  };
  const machinery: Machinery = {
    pipe: 'RUNNING',
    queue: { waiting: 3, oldestSeconds: 60 },
    alarms: { ringing: [], count: 19 },
  };

  test('are none while all is well', () => {
    expect(troubles(overview, machinery)).toEqual([]);
  });

  test('are what is not well, each with what to do next', () => {
    const bad = {
      ...overview,
      needAttention: 3,
      deadLetters: [...overview.deadLetters, { queue: 'events', messages: 5 }],
      breakers: [{ provider: 'sandbox', account: 'main', state: 'OPEN' as const, failures: 5 }],
    };
    const stopped = {
      pipe: 'STOPPED',
      queue: { waiting: 9, oldestSeconds: 61 },
      alarms: { ringing: ['A'], count: 19 },
    };
    expect(troubles(bad, stopped)).toEqual([
      '3 orders need attention: ops orders list',
      '5 dead letters in events: ops dlq list',
      'the breaker of main is OPEN: ops breaker show',
      'the pipe is STOPPED, so that no order is processed: ops doctor',
      'the oldest order waits in the queue for 61 s: ops logs tail',
      'the alarm A rings',
    ]);
  });

  test('do not name a breaker whose time is over: the next payment is let through', () => {
    const open = { provider: 'sandbox', account: 'main', state: 'OPEN' as const, failures: 5 };
    const until = (time: string) => troubles({ ...overview, breakers: [{ ...open, until: time }] }, machinery);
    expect(until('2026-11-21T09:59:59.000Z')).toEqual([]);
    expect(until('2026-11-21T10:00:01.000Z')).toHaveLength(1);
  });

  test('are not concluded from an age that nobody measured', () => {
    expect(troubles(overview, { ...machinery, queue: { waiting: 3, oldestSeconds: null } })).toEqual([]);
  });
});

describe('findings', () => {
  const whole: AccountFacts = {
    stackName: 'shop',
    parameters: {
      EmailIdentityArn: 'arn:aws:ses:us-east-1:123456789012:identity/shop@example.com',
      ApiRequestsPerSecond: '100',
      ProtectData: 'true',
      PaymentProvider: 'stripe',
    },
    pipe: { name: 'pipe', state: 'RUNNING' },
    operators: [{ username: 'u', enabled: true, hasSecondFactor: true }],
    hasProducts: true,
    apiKey: { id: 'k', exists: true, enabled: true, isInUsagePlan: true },
    subscriptions: [{ endpoint: 'a@example.com', isConfirmed: true }],
    alarms: [{ name: 'alarm', actions: ['arn'] }],
    mail: { isInSandbox: false, identity: { name: 'shop@example.com', isVerified: true } },
    lambdaConcurrency: 1000,
    startsPerSecond: 300,
    gatewayRole: 'arn:aws:iam::123456789012:role/logs',
    stripeSecret: { name: 'shop/stripe-api-key', hasValue: true },
  };

  test('are none where nothing is missing', () => {
    expect(findings(whole)).toEqual([]);
    expect(doctorText([], [])).toBe('✓ Nothing is missing.');
  });

  test.each<[string, Partial<AccountFacts>]>([
    ['PIPE_NOT_RUNNING', { pipe: { name: 'pipe', state: 'STOPPED' } }],
    ['NO_OPERATOR', { operators: [] }],
    ['NO_OPERATOR', { operators: [{ username: 'u', enabled: false, hasSecondFactor: true }] }],
    ['SECOND_FACTOR_MISSING', { operators: [{ username: 'u', enabled: true, hasSecondFactor: false }] }],
    ['CATALOGUE_EMPTY', { hasProducts: false }],
    ['API_KEY_MISSING', { apiKey: { id: 'k', exists: false, enabled: false, isInUsagePlan: false } }],
    ['API_KEY_MISSING', { apiKey: { id: 'k', exists: true, enabled: false, isInUsagePlan: true } }],
    ['API_KEY_MISSING', { apiKey: { id: 'k', exists: true, enabled: true, isInUsagePlan: false } }],
    ['ALARMS_UNHEARD', { subscriptions: [] }],
    ['ALARM_WITHOUT_ACTION', { alarms: [{ name: 'alarm', actions: [] }] }],
    ['SES_SANDBOX', { mail: { isInSandbox: true, identity: { name: 'shop@example.com', isVerified: true } } }],
    [
      'SES_IDENTITY_UNVERIFIED',
      { mail: { isInSandbox: false, identity: { name: 'shop@example.com', isVerified: false } } },
    ],
    ['SENDER_MISSING', { parameters: { ...whole.parameters, EmailIdentityArn: '' }, mail: { isInSandbox: true } }],
    ['LAMBDA_CONCURRENCY_LOW', { lambdaConcurrency: 10 }],
    ['START_EXECUTION_LOW', { startsPerSecond: 50 }],
    ['GATEWAY_ROLE_MISSING', { gatewayRole: '' }],
    ['STRIPE_SECRET_MISSING', { stripeSecret: { name: 'shop/stripe-api-key', hasValue: false } }],
  ])('have %s, with what and how, for %j', (code, broken) => {
    const found = findings({ ...whole, ...broken });
    expect(found.map((finding) => finding.code)).toEqual([code]);
    expect(doctorText(found, [])).toMatch(/^✗ \S[^\n]+\n {4}→ \S[^\n]+\n1 thing is missing\.$/);
  });

  test('name who has not confirmed, and that nobody else listens', () => {
    const found = findings({ ...whole, subscriptions: [{ endpoint: 'a@example.com', isConfirmed: false }] });
    expect(found.map(({ code }) => code)).toEqual(['SUBSCRIPTION_UNCONFIRMED', 'ALARMS_UNHEARD']);
  });

  test('want no second factor where the data is not protected', () => {
    const parameters = { ...whole.parameters, ProtectData: 'false' };
    const operators = [{ username: 'u', enabled: true, hasSecondFactor: false }];
    expect(findings({ ...whole, parameters, operators })).toEqual([]);
  });

  test('are not concluded from what could not be read, and that is said', () => {
    const { stackName, parameters } = whole;
    expect(findings({ stackName, parameters })).toEqual([]);
    expect(doctorText([], [{ what: 'SES', why: 'AccessDenied' }])).toBe(
      '? SES could not be checked: AccessDenied\n✓ Nothing else is missing.',
    );
  });
});

describe('executionText', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21, 10) + seconds * 1000).toISOString();

  test('draws states with attempts, waits, errors and where a caught one led', () => {
    const text = executionText(
      {
        name: 'an-order',
        status: 'SUCCEEDED',
        startedAt: at(0),
        endedAt: at(9),
        arn: 'arn',
        states: [
          {
            name: 'Validate',
            status: 'SUCCEEDED',
            enteredAt: at(0),
            exitedAt: at(0.25),
            attempts: [{ startedAt: at(0), endedAt: at(0.25) }],
          },
          {
            name: 'AuthorizePayment',
            status: 'CAUGHT',
            enteredAt: at(0.25),
            exitedAt: at(4.25),
            error: 'PaymentUnavailable',
            next: 'BeginUndo',
            attempts: [
              { startedAt: at(0.25), endedAt: at(1.25), error: 'PaymentUnavailable', retriedAfterSeconds: 2 },
              { startedAt: at(3.25), endedAt: at(4.25), error: 'PaymentUnavailable' },
            ],
          },
          { name: 'BeginUndo', status: 'SUCCEEDED', enteredAt: at(4.25), exitedAt: at(4.25), attempts: [] },
        ],
      },
      plain,
    );
    expect(text).toBe(
      [
        'an-order  2026-11-21 10:00:00 UTC',
        '  ✓ Validate          10:00:00.000     0.25 s',
        '  │',
        '  ↷ AuthorizePayment  10:00:00.250     4.00 s  PaymentUnavailable was caught: on to BeginUndo',
        '  │   attempt 1: PaymentUnavailable after 1.00 s, again after 2 s',
        '  │   attempt 2: PaymentUnavailable after 1.00 s',
        '  │',
        '  ✓ BeginUndo         10:00:04.250     0.00 s',
        '  SUCCEEDED after 9.00 s',
      ].join('\n'),
    );
  });

  test('says that an execution goes on, and which state is at work', () => {
    const running = { name: 'Wait', status: 'RUNNING' as const, enteredAt: at(0), attempts: [] };
    const text = executionText(
      { name: 'an-order', status: 'RUNNING', startedAt: at(0), arn: 'arn', states: [running], truncated: true },
      plain,
    );
    expect(text.split('\n').slice(1)).toEqual([
      '  … Wait  10:00:00.000',
      '  ┆ there are more states',
      '  RUNNING still going on',
    ]);
  });
});

const ORDER = {
  orderId: 'o',
  status: 'FAILED' as const,
  createdAt: '2026-11-21T10:00:00.000Z',
  customerId: 'c',
  customerName: 'Ada Lovelace',
  items: [{ productId: 'PROD-001', name: 'Widget Pro', quantity: 2, price: 19.99 }],
  totalAmount: 39.98,
  currency: 'USD' as const,
  shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
  paymentMethod: 'credit_card' as const,
  payment: { status: 'VOIDED' as const, authorized: 39.98, captured: 0, refunded: 0 },
  error: { code: 'OUT_OF_STOCK' as const, message: 'not enough', state: 'ReserveInventory' as const },
  history: [{ sequence: 0, status: 'FAILED' as const, at: '2026-11-21T10:00:01.000Z', by: 'operator' as const }],
};

test('an order is told without the name and the address of its customer', () => {
  const text = orderText(ORDER);
  expect(text).toContain('total   39.98 USD');
  expect(text).toContain('error   OUT_OF_STOCK in ReserveInventory: not enough');
  expect(text).toContain('2026-11-21 10:00:01  FAILED  operator');
  expect(text).not.toMatch(/Ada|Main St|12345/);
});

test.each([
  ['PENDING', 'none yet'],
  ['PROCESSING', 'under way'],
  ['NEEDS_ATTENTION', 'not known here: see the payment provider'],
  ['FAILED', 'none'],
] as const)('no amounts are told of the payment of an order that is %s and has noted none', (status, words) => {
  const payment = { status: 'NONE' as const, authorized: 0, captured: 0, refunded: 0 };
  expect(orderText({ ...ORDER, status, payment })).toContain(`\npayment ${words}\n`);
});

test('the amounts are told of a payment that the order has noted', () => {
  expect(orderText(ORDER)).toContain('payment voided; 39.98 authorized, 0.00 captured, 0.00 refunded');
});

test('a payment whose capture or refund did not end is told as it was last noted', () => {
  const payment = { status: 'AUTHORIZED' as const, authorized: 39.98, captured: 0, refunded: 0 };
  expect(orderText({ ...ORDER, status: 'NEEDS_ATTENTION', payment })).toContain(
    'payment authorized when last noted: see the payment provider; 39.98 authorized, 0.00 captured, 0.00 refunded',
  );
});

test.each([
  ['{"orderId": oops', '{"orderId": oops'],
  ['two\nlines\tand a\u001b[2Jterminal', 'two lines and a [2Jterminal'],
  ['x'.repeat(100), `${'x'.repeat(59)}…`],
])('the text of a dead letter is shown on one line: %j', (text, shown) => {
  expect(excerpt(text)).toBe(shown);
});

test('an error without words is told by its cause or its code', () => {
  expect(failureOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toEqual({
    code: 'Error',
    message: 'ECONNREFUSED',
  });
  const cause = new Error('connect ECONNREFUSED');
  expect(failureOf(new TypeError('fetch failed', { cause }))).toEqual({
    code: 'TypeError',
    message: 'fetch failed: connect ECONNREFUSED',
  });
});
