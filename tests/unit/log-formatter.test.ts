import { Logger } from '@aws-lambda-powertools/logger';
import { AllowListFormatter } from '../../functions/shared/runtime/log-formatter.ts';

// Not the typed logger: what comes out must not depend on what the compiler was told.

const PERSONAL = {
  email: 'zoe.lind@example.com',
  phone: '+4741234567',
  name: 'Zoë Lind',
  street: '1 Secret Street',
  zipCode: 'Z-99887',
  cardToken: 'pm_1NXxYZsecretCard',
  idToken: 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ6b2UifQ.c2lnbmF0dXJl',
  password: 'Correct-horse-9',
};

const ORDER = {
  orderId: '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10',
  customerId: 'c-1',
  customerName: PERSONAL.name,
  status: 'PENDING',
  total: 4990,
  contact: { email: PERSONAL.email, phone: PERSONAL.phone },
  shippingAddress: { street: PERSONAL.street, city: 'Oslo', zipCode: PERSONAL.zipCode },
  paymentToken: PERSONAL.cardToken,
  items: [{ productId: 'P1', quantity: 1, name: PERSONAL.name }],
};

class OurError extends Error {
  override readonly name = 'OurError';
}

function logged(...extra: unknown[]): { text: string; line: Record<string, unknown> } {
  let text = '';
  const output = (line: string) => {
    text += line;
  };
  const logger = new Logger({ logFormatter: new AllowListFormatter(), serviceName: 'test', logLevel: 'INFO' });
  // The logger writes with a console of its own.
  const spy = jest.spyOn(logger as unknown as { printLog(level: number, item: object): void }, 'printLog');
  spy.mockImplementation((_level, item) => {
    const prepared = item as { prepareForPrint(): void; getAttributes(): object };
    prepared.prepareForPrint();
    output(JSON.stringify(prepared.getAttributes()));
  });
  logger.info('CODE', ...(extra as [Error]));
  return { text, line: JSON.parse(text) };
}

function leaksIn(text: string): string[] {
  return Object.entries(PERSONAL).flatMap(([what, value]) => (text.includes(value) ? [what] : []));
}

test('the search for leaks finds what is not hidden', () => {
  expect(leaksIn(JSON.stringify(ORDER))).toEqual(['email', 'phone', 'name', 'street', 'zipCode', 'cardToken']);
});

test('an order is logged with its ids and amounts, and nothing else', () => {
  const { text, line } = logged({ ...ORDER });
  expect(leaksIn(text)).toEqual([]);
  expect(line).toMatchObject({
    orderId: ORDER.orderId,
    status: 'PENDING',
    total: 4990,
    customerName: 'hidden',
    contact: 'hidden',
    items: [{ productId: 'P1', quantity: 'hidden', name: 'hidden' }],
  });
});

test('an order below a field, also an allowed one, is logged as little', () => {
  expect(leaksIn(logged({ order: ORDER, result: ORDER, failed: [ORDER, { ORDER }] }).text)).toEqual([]);
});

test('tokens, passwords and addresses do not come out under any name', () => {
  const { text, line } = logged({ ...PERSONAL, reason: `asked by ${PERSONAL.email}`, code: PERSONAL.idToken });
  expect(leaksIn(text)).toEqual([]);
  expect(line).toMatchObject({ reason: 'hidden', code: 'hidden' });
});

test('an error that quotes what it was given is logged by its name and place, with its causes', () => {
  let quoting = new Error('none');
  try {
    JSON.parse(`${PERSONAL.street} ${PERSONAL.email}`);
  } catch (error) {
    quoting = error as Error;
  }
  const cause = Object.assign(new Error(`${PERSONAL.street}\n    for ${PERSONAL.name}`, { cause: quoting }), {
    code: 'ECONNREFUSED',
    address: PERSONAL.street,
  });
  const { text, line } = logged(new OurError('the total is not the sum of the items', { cause }));
  expect(leaksIn(text)).toEqual([]);
  expect(line.error).toMatchObject({
    name: 'OurError',
    message: 'the total is not the sum of the items',
    stack: expect.stringMatching(/^OurError: the total is not the sum of the items\n\s+at /),
    cause: {
      name: 'Error',
      message: 'hidden',
      code: 'ECONNREFUSED',
      cause: { name: 'SyntaxError', message: 'hidden' },
    },
  });
});

test('an error among the fields, or in a list, is treated the same', () => {
  const error = new Error(PERSONAL.street);
  const { text, line } = logged({ error, failed: [{ error }] });
  expect(leaksIn(text)).toEqual([]);
  expect(line).toMatchObject({ error: { name: 'Error', message: 'hidden' }, failed: [{ error: { name: 'Error' } }] });
});

test('an address in the message of an error of ours is hidden', () => {
  expect(logged(new OurError(`${PERSONAL.email} has no order`)).line.error).toMatchObject({ message: 'hidden' });
});
