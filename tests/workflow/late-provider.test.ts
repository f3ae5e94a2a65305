import { randomUUID } from 'node:crypto';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { readPayment } from '../support/payments.ts';
import { aws, stack } from '../support/stack.ts';
import { type HoldingProxy, openHoldingProxy } from './faults/holding-proxy.ts';
import type { Definition } from './faults/machine-copy.ts';
import { openWorld, placeQuietly, readWorld, type World, type WorldView } from './faults/run-scenario.ts';

// A call that is on its way to the provider cannot be stopped, whatever our own tables say by then. In these tests the
// sandbox's ledger is the provider, and a proxy holds back what the payment function sends to it.

const lambda = new LambdaClient(aws);

interface Setup {
  world: World;
  proxy: HoldingProxy;
  /** The deployed payment function, with nothing changed but the way to DynamoDB. */
  slowPayment: { name: string; arn: string };
}

let setup: Promise<Setup> | undefined;

/** Opened by the first test: concurrent tests begin before beforeAll is through. */
function theSetup(): Promise<Setup> {
  setup ??= (async () => {
    const [world, proxy] = await Promise.all([openWorld(), openHoldingProxy()]);
    return { world, proxy, slowPayment: await copyOfPaymentFunction(proxy.url) };
  })();
  return setup;
}

afterAll(async () => {
  if (!setup) return;
  const { world, proxy, slowPayment } = await setup;
  await lambda.send(new DeleteFunctionCommand({ FunctionName: slowPayment.name }));
  await world.close();
  proxy.close();
}, 60_000);

test.concurrent('an authorization that reaches the provider after the undo finds the payment closed', async () => {
  const { orderId, seen } = await runWith(['AuthorizePayment'], async (proxy, orderId, ended) => {
    proxy.hold(`${orderId}:authorize`);
    await proxy.held(`${orderId}:authorize`);
    await ended();
    expect((await readPayment(orderId))?.operations.map(({ kind }) => kind)).toEqual(['void']);
    await proxy.release(`${orderId}:authorize`);
  });
  const { standing, violations } = seen;
  expect(violations).toEqual([]);
  expect(standing).toMatchObject({ status: 'FAILED', payment: 'VOIDED', stock: 'NONE' });
  expect((await readPayment(orderId))?.operations.map(({ kind }) => kind)).toEqual(['void']);
}, 240_000);

test.concurrent('a capture that reaches the provider after the void takes nothing', async () => {
  const { orderId, seen } = await runWith(['CapturePayment'], async (proxy, orderId, ended) => {
    proxy.hold(`${orderId}:capture`);
    await proxy.held(`${orderId}:capture`);
    await ended();
    await proxy.release(`${orderId}:capture`);
  });
  const { standing, violations } = seen;
  expect(violations).toEqual([]);
  expect(standing).toMatchObject({ status: 'FAILED', payment: 'VOIDED', stock: 'RELEASED' });
  expect((await readPayment(orderId))?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'void']);
}, 240_000);

test.concurrent('a capture that lands between the read of the payment and its void is refunded', async () => {
  const { orderId, seen } = await runWith(['CapturePayment', 'RefundPayment'], async (proxy, orderId, ended) => {
    proxy.hold(`${orderId}:capture`);
    proxy.hold(`${orderId}:void`);
    await proxy.held(`${orderId}:void`);
    await proxy.release(`${orderId}:capture`);
    await proxy.release(`${orderId}:void`);
    await ended();
  });
  const { standing, violations } = seen;
  expect(violations).toEqual([]);
  expect(standing).toMatchObject({ status: 'FAILED', payment: 'REFUNDED', stock: 'RELEASED' });
  expect((await readPayment(orderId))?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture', 'refund']);
}, 240_000);

/** Runs an order on a copy of the state machine in which these Tasks reach the provider through the proxy. */
async function runWith(
  slow: string[],
  act: (proxy: HoldingProxy, orderId: string, ended: () => Promise<unknown>) => Promise<void>,
): Promise<{ orderId: string; seen: WorldView }> {
  const { world, proxy, slowPayment } = await theSetup();
  const machine = await world.bench.create(withSlowPayment(world.bench.definition, slow, slowPayment.arn));
  const { order, products } = await placeQuietly(world, 'sample-order');
  const { orderId } = order;
  const execution = Promise.withResolvers<string>();
  const acting = act(proxy, orderId, async () => world.bench.end(await execution.promise));
  execution.resolve(await world.bench.start(machine, order));
  await acting;
  return { orderId, seen: await readWorld(world, orderId, products) };
}

function withSlowPayment(original: Definition, slow: string[], slowPayment: string): Definition {
  const copy = structuredClone(original);
  for (const [name, state] of Object.entries(copy.States)) {
    for (const retrier of state.Retry ?? []) if (retrier.IntervalSeconds !== undefined) retrier.IntervalSeconds = 0;
    if (!slow.includes(name) || !state.Arguments) continue;
    state.Arguments.FunctionName = slowPayment;
    // The refund has to last as long as the test holds it.
    if (name !== 'RefundPayment') state.TimeoutSeconds = 3;
  }
  return copy;
}

async function copyOfPaymentFunction(endpoint: string): Promise<{ name: string; arn: string }> {
  const name = `slow-payment-${randomUUID().slice(0, 8)}`;
  const { Configuration, Code } = await lambda.send(
    new GetFunctionCommand({ FunctionName: stack.functions.PaymentFunction }),
  );
  const zip = await fetch(Code?.Location ?? '');
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: Configuration?.Runtime,
      Handler: Configuration?.Handler,
      Role: Configuration?.Role,
      Timeout: Configuration?.Timeout,
      MemorySize: Configuration?.MemorySize,
      Layers: Configuration?.Layers?.flatMap(({ Arn }) => Arn ?? []),
      Code: { ZipFile: new Uint8Array(await zip.arrayBuffer()) },
      Environment: { Variables: { ...Configuration?.Environment?.Variables, AWS_ENDPOINT_URL_DYNAMODB: endpoint } },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });
  return { name, arn: FunctionArn };
}
