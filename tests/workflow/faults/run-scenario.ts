import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createOrder } from '../../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../../functions/create-order/order-request.schema.ts';
import type { Product } from '../../../functions/shared/catalogue/product.ts';
import { toMinorUnits } from '../../../functions/shared/money.ts';
import type { Order, OrderKey } from '../../../functions/shared/orders/order.ts';
import type { LedgerRow } from '../../../functions/shared/payments/providers/sandbox-ledger.ts';
import { type Customer, makeCustomer, makeOperator } from '../../support/accounts.ts';
import { type Answer, call } from '../../support/api.ts';
import { invoke } from '../../support/functions.ts';
import { expectedNotifications, orderViolations, stockViolations } from '../../support/invariants.ts';
import { type Notifications, openNotifications } from '../../support/notifications.ts';
import { readOrderRow } from '../../support/order-rows.ts';
import { withoutWorkflow } from '../../support/orders.ts';
import { readPayment } from '../../support/payments.ts';
import { makeProduct, readProduct } from '../../support/products.ts';
import { heal } from '../../support/sandbox-account.ts';
import { dynamodb, stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { deployedExecution, endOfExecution, type FaultBench, openFaultBench, type Run } from './fault-bench.ts';
import type { Plan } from './fault-plan.ts';
import type { Ending, Given, Scenario } from './scenarios.ts';

/** What the runs of one test file share. */
export interface World {
  bench: FaultBench;
  notifications: Notifications;
  customer: Customer;
  operator: Customer;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const [bench, notifications, customer, operator] = await Promise.all([
    openFaultBench(),
    openNotifications(),
    makeCustomer(),
    makeOperator(),
  ]);
  return {
    bench,
    notifications,
    customer,
    operator,
    async close() {
      await notifications.close();
      await bench.close();
    },
  };
}

export interface Observation {
  ends: Ending;
  /** How often the faulted Task was tried. */
  attempts: number;
  violations: string[];
}

const PLENTY = 500;

/** The first attempt waits for the test. */
export function pause(at: 'before' | 'after'): Plan {
  return { steps: [{ kind: 'pause', at }], rest: { kind: 'pass' } };
}

/** Runs one scenario from the order's creation to its rest, heals what it broke, and says how it all ended. */
export async function runScenario(shared: World, scenario: Scenario): Promise<Observation> {
  const world = await ofAnotherCustomer(shared);
  const { bench } = world;
  const { state, approach, plan, timeoutSeconds, landsAfter } = scenario;
  const { order, products } = await placeQuietly(world, approach.fixture, approach.available);
  const { orderId } = order;
  const plans: Record<string, Plan> = {
    ...approach.faults,
    ...(approach.cancelAt && { [approach.cancelAt]: pause('before') }),
    ...(landsAfter && { [landsAfter]: pause('after') }),
    ...(plan && { [state]: plan }),
  };
  for (const [faulted, itsPlan] of Object.entries(plans)) await bench.plan(orderId, faulted, itsPlan);
  const machine = await bench.machine(
    [...new Set([state, ...Object.keys(plans)])],
    timeoutSeconds === undefined ? {} : { [state]: timeoutSeconds },
  );
  const given = await bringAbout(world, order, approach.given);
  const execution = await bench.start(machine, given.key, given.executionName);
  if (approach.cancelAt) {
    await bench.waiting(orderId, approach.cancelAt);
    await cancel(world, orderId);
    await bench.release(orderId, approach.cancelAt);
  }
  if (landsAfter) {
    await bench.waiting(orderId, landsAfter);
    await letLateEffectsLand(bench, orderId, state);
    await bench.release(orderId, landsAfter);
  }
  const run = await bench.end(execution);
  if (plan?.rest.kind === 'late' && !landsAfter) await letLateEffectsLand(bench, orderId, state);
  const { attempts = 0 } = await bench.readPlan(orderId, state);
  if (given.key !== order) {
    return { ends: { path: run.path, status: 'none', payment: 'NONE', stock: 'NONE' }, attempts, violations: [] };
  }

  const settled = await settle(order, run, execution);
  const first = await readWorld(world, orderId, products, scenario);
  const ends: Ending = { path: run.path, ...first.standing, ...settled };
  if (first.order.status !== 'NEEDS_ATTENTION') return { ends, attempts, violations: first.violations };

  if (approach.fixture.includes('unavailable')) await heal(orderId);
  const retried = await retry(world, orderId);
  const second = await readWorld(world, orderId, products, scenario);
  return {
    ends: { ...ends, retried: { path: retried.path, ...second.standing } },
    attempts,
    violations: [...first.violations, ...second.violations],
  };
}

/** The same world with a customer of its own. Orders of one customer that come at the same time wait for each other. */
export async function ofAnotherCustomer(world: World): Promise<World> {
  return { ...world, customer: await makeCustomer() };
}

/** Writes an order as the API leaves it, but for the message, so that the deployed workflow does not start. */
export async function placeQuietly(
  { customer }: Pick<World, 'customer'>,
  fixture: string,
  available = PLENTY,
): Promise<{ order: Order; products: Product[] }> {
  const request = requestOf(fixture);
  const products = await Promise.all(
    request.items.map(({ price = 10 }) => makeProduct({ price: toMinorUnits(price) ?? 0, available })),
  );
  const token = request.paymentToken ?? 'tok_approved';
  const { order } = await createOrder(
    {
      request: {
        ...request,
        items: request.items.map((item, index) => ({ ...item, productId: products[index]?.productId ?? '' })),
        // An account of its own at the provider, so that the breaker of one scenario does not hold up another.
        paymentToken: `${token}@${randomUUID()}`,
      },
      customerId: customer.customerId,
      now: new Date().toISOString(),
    },
    withoutWorkflow,
  );
  return { order, products };
}

function requestOf(fixture: string): OrderRequest {
  const path = join(__dirname, '../../../events/create-order', `${fixture}.json`);
  const { body } = JSON.parse(readFileSync(path, 'utf8')) as { body: string };
  return JSON.parse(body) as OrderRequest;
}

async function bringAbout(
  world: World,
  order: Order,
  given: Given | undefined,
): Promise<{ key: OrderKey; executionName?: string }> {
  const { orderId, createdAt } = order;
  switch (given) {
    case 'missing':
      return { key: { orderId: randomUUID(), createdAt } };
    case 'cancelled':
      await cancel(world, orderId);
      break;
    case 'total is wrong':
      await setOnRow(order, { total: order.total + 1 });
      break;
    case 'completed by another':
      await world.bench.end(await world.bench.start(stack.orderWorkflowArn, order));
      return { key: order, executionName: `${orderId}-again` };
    case 'died while undoing':
      await setOnRow(order, {
        status: 'PROCESSING',
        executionId: orderId,
        phase: 'UNDOING',
        error: { code: 'INTERNAL', message: 'the order could not be processed', state: 'AuthorizePayment' },
        history: [...order.history, { status: 'PROCESSING', at: createdAt }],
      });
      break;
    case 'payment closed':
      await dynamodb.send(new PutCommand({ TableName: stack.paymentsTable, Item: closedPayment(order) }));
      break;
  }
  return { key: order };
}

function closedPayment({ orderId, currency, createdAt }: Order): Omit<LedgerRow, 'touchedDay' | 'touchedAt'> {
  return {
    paymentId: `pay_${orderId}`,
    orderId,
    currency,
    authorizedAmount: 0,
    capturedAmount: 0,
    refundedAmount: 0,
    voided: true,
    operations: [{ key: `${orderId}:void`, kind: 'void', at: createdAt }],
  };
}

async function setOnRow({ orderId, createdAt }: OrderKey, values: Partial<Order>): Promise<void> {
  const names = Object.keys(values);
  await dynamodb.send(
    new UpdateCommand({
      TableName: stack.ordersTable,
      Key: { orderId, createdAt },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
    }),
  );
}

/** Lets every attempt that waits take effect, once all that were made are waiting. */
async function letLateEffectsLand(bench: FaultBench, orderId: string, state: string): Promise<void> {
  const read = () => bench.readPlan(orderId, state);
  await waitFor(`the late attempts of ${state} on ${orderId}`, async () => {
    const { attempts = 0, waiting = 0 } = await read();
    return attempts > 0 && waiting === attempts;
  });
  await bench.release(orderId, state);
  await waitFor(
    `the late effects of ${state} on ${orderId}`,
    async () => {
      const { attempts = 0, landed = 0 } = await read();
      return landed === attempts;
    },
    { seconds: 90 },
  );
}

/** Does what the rule on ended executions and the schedule of reconcile do for the deployed state machine. */
async function settle(
  order: Order,
  run: Run,
  execution: string,
): Promise<Pick<Ending, 'escalatedByRule' | 'notificationLeftDue'>> {
  const { orderId, createdAt } = order;
  const settled: Pick<Ending, 'escalatedByRule' | 'notificationLeftDue'> = {};
  if ((await readOrderRow(orderId)).status === 'PROCESSING') {
    settled.escalatedByRule = true;
    await tellOfEndedExecution(order, execution.split(':').at(-1) ?? '', run.status);
    await waitFor(`the notification of ${orderId} to be sent`, async () => {
      return (await readOrderRow(orderId)).noticeDue === undefined;
    });
  }
  if ((await readOrderRow(orderId)).noticeDue !== undefined) {
    settled.notificationLeftDue = true;
    await invoke('NotifyFunction', { orderId, createdAt });
  }
  return settled;
}

/** Sends the function behind the rule the event that EventBridge makes for executions of the deployed state machine. */
export async function tellOfEndedExecution({ orderId, createdAt }: OrderKey, name: string, status: string) {
  const detail = { name, status, input: JSON.stringify({ orderId, createdAt }) };
  await invoke('EscalateOrderFunction', { 'detail-type': 'Step Functions Execution Status Change', detail });
}

/** Asks over HTTP to cancel an order. */
export function requestCancel({ customer }: World, orderId: string): Promise<Answer> {
  return call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });
}

/** Cancels an order over HTTP, which has to be accepted. */
async function cancel(world: World, orderId: string): Promise<void> {
  const answer = await requestCancel(world, orderId);
  if (answer.status !== 202) throw new Error(`cancel refused: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** The operator's retry over HTTP, to the end of its execution on the deployed state machine. */
export async function retry({ operator }: World, orderId: string, attempt = 1): Promise<Run> {
  const answer = await call('POST', `/orders/${orderId}/retry`, {
    token: operator.idToken,
    body: { reason: 'a test' },
  });
  if (answer.status !== 202) throw new Error(`retry refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return endOfExecution(deployedExecution(`${orderId}-retry-${attempt}`));
}

export interface WorldView {
  order: Order;
  standing: Omit<Ending, 'path'>;
  violations: string[];
}

/** Where an order at rest stands, and what is wrong with it or with the stock of its products, which are only its. */
export async function readWorld(
  { notifications }: World,
  orderId: string,
  products: Product[],
  { notificationsMayRepeat = false }: { notificationsMayRepeat?: boolean } = {},
): Promise<WorldView> {
  const order = await readOrderRow(orderId);
  const payment = await readPayment(orderId);
  const facts = { order, payment, notifications: await notifications.arrived(orderId, expectedNotifications(order)) };
  const found = await Promise.all(products.map(({ productId }) => readProduct(productId)));
  const initially = new Map(products.map(({ productId, available }) => [productId, available]));
  return {
    order,
    standing: {
      status: order.status,
      ...(order.error && { error: order.error.code }),
      payment: paymentStatus(payment),
      stock: order.stock ?? 'NONE',
    },
    violations: [...orderViolations(facts, { notificationsMayRepeat }), ...stockViolations(found, initially, [order])],
  };
}

function paymentStatus(payment: LedgerRow | undefined): Ending['payment'] {
  if (!payment) return 'NONE';
  if (payment.refundedAmount > 0) return 'REFUNDED';
  if (payment.voided) return 'VOIDED';
  return payment.capturedAmount > 0 ? 'CAPTURED' : 'AUTHORIZED';
}
