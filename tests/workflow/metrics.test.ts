import { METRICS, type MetricName } from '../../functions/shared/runtime/metric-names.ts';
import { makeCustomer } from '../support/accounts.ts';
import { logGroupOf, logLines } from '../support/log-lines.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

// CloudWatch makes metrics of log lines, and the emulator does not. So this reads the lines.

jest.setTimeout(180_000);

/** A line in the embedded metric format, as CloudWatch reads it. */
interface MetricLine {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
  [name: string]: unknown;
}

interface Measured {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Record<string, unknown>;
  values: number[];
}

/** What the lines of a function say since a time, in milliseconds: each metric with its dimensions and values. */
async function measuredBy(logicalId: string, since: number): Promise<Measured[]> {
  const lines = await logLines(await logGroupOf(logicalId), since);
  const parsed = [...new Set(lines)]
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line) as MetricLine);
  return parsed.flatMap(({ _aws, ...fields }) =>
    _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        unit: Unit,
        dimensions: Object.fromEntries((Dimensions[0] ?? []).map((dimension) => [dimension, fields[dimension]])),
        values: [fields[Name]].flat() as number[],
      })),
    ),
  );
}

const service = 'order-processing';

const START = Date.now();

/** Waits until a function has measured something that fits. Other tests run on the same stack, and add their values. */
function measured(logicalId: string, since: number, name: MetricName, fits: (one: Measured) => boolean) {
  return waitFor(`${name} in the log of ${logicalId}`, async () =>
    (await measuredBy(logicalId, since)).find((one) => one.name === name && fits(one)),
  );
}

test('an order that is completed is placed, valued, completed and timed, each with its name, unit and dimensions', async () => {
  const since = Date.now();
  // A price that no other test has, so that the value is this order's.
  const price = 100_000 + Math.floor(Math.random() * 9_000_000);
  const product = await makeProduct({ price });
  const orderId = await placeOrder(await makeCustomer(), orderRequest([{ productId: product.productId, quantity: 3 }]));
  const { createdAt, history } = await waitForStatus(orderId, 'COMPLETED');
  const seconds = (Date.parse(history.at(-1)?.at ?? '') - Date.parse(history[0]?.at ?? '')) / 1000;
  expect(history[0]?.at).toBe(createdAt);

  const own = { namespace: stack.stackName, dimensions: { service } };
  const value = await measured('PublishOrderEventsFunction', since, 'OrderValue', ({ values }) =>
    values.includes((3 * price) / 100),
  );
  expect(value).toEqual({
    ...own,
    name: 'OrderValue',
    unit: 'None',
    dimensions: { service, currency: 'USD' },
    values: [(3 * price) / 100],
  });
  const time = await measured('PublishOrderEventsFunction', since, 'OrderOutcomeSeconds', ({ values }) =>
    values.includes(seconds),
  );
  expect(time).toMatchObject({ ...own, unit: 'Seconds' });
  for (const name of ['OrdersPlaced', 'OrdersCompleted', 'OrderOutcomesInTime'] as const) {
    const counted = await measured('PublishOrderEventsFunction', since, name, ({ values }) => values.includes(1));
    expect(counted).toMatchObject({ ...own, unit: 'Count' });
  }
  for (const name of ['AuthorizeMilliseconds', 'CaptureMilliseconds'] as const) {
    const took = await measured('PaymentFunction', since, name, ({ values }) => values.every((ms) => ms > 0));
    expect(took).toMatchObject({ ...own, unit: 'Milliseconds', dimensions: { service, provider: 'sandbox' } });
  }
});

test('a declined card counts as a decline of its provider, as a failure by its reason, and as an expected error', async () => {
  const since = Date.now();
  const product = await makeProduct();
  const orderId = await placeOrder(await makeCustomer(), {
    ...orderRequest([{ productId: product.productId, quantity: 1 }]),
    paymentToken: 'tok_declined',
  });
  await waitForStatus(orderId, 'FAILED');
  const failed = await measured(
    'PublishOrderEventsFunction',
    since,
    'OrdersFailed',
    ({ dimensions }) => dimensions.reason === 'PAYMENT_DECLINED',
  );
  expect(failed).toMatchObject({ unit: 'Count', dimensions: { service, reason: 'PAYMENT_DECLINED' } });
  const declined = await measured('PaymentFunction', since, 'PaymentsDeclined', () => true);
  expect(declined).toMatchObject({ dimensions: { service, provider: 'sandbox' }, values: [1] });
  const expected = await measured('PaymentFunction', since, 'ExpectedStepErrors', () => true);
  expect(expected).toMatchObject({ dimensions: { service } });
});

test('every line has metrics of the list only, in their units and with their dimensions', async () => {
  const all = (await Promise.all(Object.keys(stack.functions).map((id) => measuredBy(id, START)))).flat();
  expect(all.length).toBeGreaterThan(0);
  const wrong = all.filter(({ namespace, name, unit, dimensions }) => {
    const kind = (METRICS as Record<string, (typeof METRICS)[MetricName] & { by?: string }>)[name];
    const [first, ...own] = Object.keys(dimensions);
    const isKnown = own.length === 0 || (own.length === 1 && own[0] === kind?.by);
    return namespace !== stack.stackName || unit !== kind?.unit || first !== 'service' || !isKnown;
  });
  expect(wrong).toEqual([]);
});
