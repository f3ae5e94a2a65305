import { withTrace } from '../../functions/shared/payments/guarded-provider.ts';
import { PaymentDeclined, type PaymentProvider } from '../../functions/shared/payments/payment-provider.ts';
import { traced, tracer } from '../../functions/shared/runtime/tracing.ts';

/** Subsegments as the X-Ray SDK would make them. */
interface Made {
  name: string;
  namespace?: string;
  annotations: Record<string, unknown>;
  isFault: boolean;
  isClosed: boolean;
}

function recordSubsegments(): Made[] {
  const made: Made[] = [];
  jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(true);
  jest.spyOn(tracer.provider, 'captureAsyncFunc').mockImplementation((name, work) => {
    const one: Made = { name, annotations: {}, isFault: false, isClosed: false };
    made.push(one);
    const subsegment = Object.assign(one, {
      addAnnotation: (key: string, value: unknown) => {
        one.annotations[key] = value;
      },
      addFaultFlag: () => {
        one.isFault = true;
      },
      close: (error?: Error) => {
        one.isClosed = error === undefined;
      },
    });
    return (work as (subsegment: unknown) => unknown)(subsegment);
  });
  return made;
}

afterEach(() => jest.restoreAllMocks());

const payment = { orderId: 'o', amount: 1, currency: 'USD' };
const answer = {
  paymentId: 'p',
  orderId: 'o',
  status: 'AUTHORIZED',
  authorizedAmount: 1,
  capturedAmount: 0,
  refundedAmount: 0,
};

test('each call of a provider has a subsegment with its name', async () => {
  const made = recordSubsegments();
  const answers = async () => answer as never;
  const provider = withTrace(
    {
      accountOf: () => 'a',
      authorize: answers,
      capture: answers,
      void: answers,
      refund: answers,
      findByOrder: answers,
      listSince: answers,
    } as PaymentProvider,
    'stripe',
  );
  expect(await provider.authorize(payment)).toBe(answer);
  await provider.capture(payment);
  await provider.void(payment);
  await provider.refund(payment);
  await provider.findByOrder(payment);
  await provider.listSince('2026-01-01T00:00:00.000Z');
  expect(made.map(({ name }) => name)).toEqual([
    '## stripe authorize',
    '## stripe capture',
    '## stripe void',
    '## stripe refund',
    '## stripe findByOrder',
    '## stripe listSince',
  ]);
  expect(made.every(({ isClosed, isFault }) => isClosed && !isFault)).toBe(true);
});

test('of an error only the name is traced, and it is thrown on', async () => {
  const made = recordSubsegments();
  const declined = new PaymentDeclined('the card of zoe@example.com was declined');
  await expect(traced('call', () => Promise.reject(declined), 'api.stripe.com')).rejects.toBe(declined);
  expect(made).toMatchObject([
    {
      name: 'api.stripe.com',
      namespace: 'remote',
      annotations: { outcome: 'PaymentDeclined' },
      isFault: true,
      isClosed: true,
    },
  ]);
  expect(JSON.stringify(made)).not.toContain('zoe');
});

test('without tracing the work is done all the same', async () => {
  jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(false);
  expect(await traced('call', async () => 7)).toBe(7);
});
