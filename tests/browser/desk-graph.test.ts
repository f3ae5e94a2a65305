import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Browser } from 'playwright-core';
import { listExecutions } from '../../functions/list-executions/list-executions.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { launchChromium } from '../support/chromium.ts';
import { type DeskVisit, openDesk } from '../support/desk-page.ts';
import { drawnGraph, drawnPath } from '../support/drawn-graph.ts';
import { historyOf } from '../support/execution-history.ts';
import { readOrderRow, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { sfn, sqs, stack } from '../support/stack.ts';
import { stuckOrder } from '../support/stuck-order.ts';
import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import { deployedExecution, endOfExecution, type FaultBench, openFaultBench } from '../workflow/faults/fault-bench.ts';
import type { Definition } from '../workflow/faults/machine-copy.ts';
import { pause, placeQuietly } from '../workflow/faults/run-scenario.ts';
import { type Scenario, scenarios } from '../workflow/faults/scenarios.ts';

// All orders are processed at the same time, each in its own processes.
jest.setTimeout(420_000);

const definition = readDefinition<Definition & { States: Record<string, { End?: boolean }> }>(PROCESS_ORDER);

/** An order at rest, with its executions, oldest first. */
interface Story {
  orderId: string;
  arns: string[];
  /** The state machine of its execution, where that is not the deployed one. */
  copy?: string;
}

interface Way {
  status: Order['status'];
  /** The states of its last execution. */
  path?: readonly string[];
  bringAbout: () => Promise<Story>;
}

let browser: Browser;
let operator: Customer;
let customer: Customer;
let bench: FaultBench | undefined;
let visit: DeskVisit;
const stories = new Map<string, Promise<Story>>();

/** What brings a scenario of the matrix about is something that a customer does: a card, the stock, a cancel. */
function isCausedByCustomer({ plan, approach: { faults, given } }: Scenario): boolean {
  return plan === undefined && faults === undefined && (given === undefined || given === 'cancelled');
}

const fromMatrix = scenarios(definition).filter(isCausedByCustomer);

const cancel = async (orderId: string) => {
  const answer = await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });
  expect(answer).toMatchObject({ status: 202 });
};
const retry = (orderId: string) =>
  call('POST', `/orders/${orderId}/retry`, { token: operator.idToken, body: { reason: 'a test of the graph' } });

/** Runs a scenario on the deployed state machine. The order is dispatched as one that the API has put in the queue. */
function deployed({ approach, ends }: Pick<Scenario, 'approach' | 'ends'>): Way {
  return {
    status: ends.status as Order['status'],
    path: ends.path,
    async bringAbout() {
      const { order } = await placeQuietly({ customer }, approach.fixture, approach.available);
      const { orderId, createdAt } = order;
      if (approach.given === 'cancelled') await cancel(orderId);
      const MessageBody = JSON.stringify({ orderId, createdAt });
      await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody }));
      return { orderId, arns: [deployedExecution(orderId)] };
    },
  };
}

interface Ends {
  approach: Scenario['approach'];
  ends: Pick<Scenario['ends'], 'status'> & Partial<Pick<Scenario['ends'], 'path'>>;
}

/** Runs a scenario in which the cancel comes just before a Task. Only a copy of the state machine can wait there. */
function cancelledAt(task: string, { approach, ends }: Ends): Way {
  return {
    status: ends.status as Order['status'],
    ...(ends.path && { path: ends.path }),
    async bringAbout() {
      if (!bench) throw new Error('there is no bench');
      const { order } = await placeQuietly({ customer }, approach.fixture);
      const { orderId } = order;
      await bench.plan(orderId, task, pause('before'));
      const copy = await bench.machine([task]);
      const arn = await bench.start(copy, order);
      await bench.waiting(orderId, task);
      await cancel(orderId);
      await bench.release(orderId, task);
      return { orderId, arns: [arn], copy };
    },
  };
}

/** The Tasks before which a customer can still cancel, besides those of the matrix. */
const BEFORE = ['ValidateOrder', 'AuthorizePayment', 'ReserveInventory'];

const WAYS: Record<string, Way> = {
  ...Object.fromEntries(
    fromMatrix.map((scenario) => [
      `${scenario.state}: ${scenario.fault}`,
      scenario.approach.cancelAt ? cancelledAt(scenario.approach.cancelAt, scenario) : deployed(scenario),
    ]),
  ),
  ...Object.fromEntries(
    BEFORE.map((task) => [
      `a cancel just before ${task}`,
      cancelledAt(task, { approach: { fixture: 'sample-order' }, ends: { status: 'CANCELLED' } }),
    ]),
  ),
  'a cancel after completion': {
    status: 'CANCELLED',
    async bringAbout() {
      const { order } = await placeQuietly({ customer }, 'sample-order');
      const { orderId, createdAt } = order;
      const MessageBody = JSON.stringify({ orderId, createdAt });
      await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody }));
      await waitForStatus(orderId, 'COMPLETED', 180);
      await cancel(orderId);
      return { orderId, arns: [deployedExecution(orderId), deployedExecution(`${orderId}-cancel`)] };
    },
  },
  'a cancel while the provider does not answer': {
    status: 'CANCELLED',
    async bringAbout() {
      const { paymentToken } = tokenOnItsOwn('tok_unavailable');
      const { productId } = await makeProduct();
      const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 1 }], { paymentToken }));
      await waitForStatus(orderId, 'PROCESSING', 120);
      await cancel(orderId);
      return { orderId, arns: [deployedExecution(orderId)] };
    },
  },
  'a refund that does not succeed': {
    status: 'NEEDS_ATTENTION',
    async bringAbout() {
      const orderId = await stuckOrder(customer, (await makeProduct()).productId);
      return { orderId, arns: [deployedExecution(orderId), deployedExecution(`${orderId}-cancel`)] };
    },
  },
  'an operator’s retry': {
    status: 'CANCELLED',
    async bringAbout() {
      const orderId = await stuckOrder(customer, (await makeProduct()).productId);
      await heal(orderId);
      expect(await retry(orderId)).toMatchObject({ status: 202 });
      return { orderId, arns: [orderId, `${orderId}-cancel`, `${orderId}-retry-1`].map(deployedExecution) };
    },
  },
};

beforeAll(async () => {
  [browser, operator, customer, bench] = await Promise.all([
    launchChromium(),
    makeOperator(),
    makeCustomer(),
    openFaultBench(),
  ]);
  for (const [name, { bringAbout, status }] of Object.entries(WAYS)) {
    const story = bringAbout().then(async (made) => {
      await waitForStatus(made.orderId, status, 240);
      for (const arn of made.arns) await endOfExecution(arn);
      return made;
    });
    // The test of this name tells of an error.
    story.catch(() => {});
    stories.set(name, story);
  }
  visit = await openDesk(browser, operator, '', { viewport: { width: 1280, height: 1000 } });
  visit.page.setDefaultTimeout(60_000);
});

afterAll(async () => {
  await Promise.allSettled(stories.values());
  await browser?.close();
  await bench?.close();
});

test('the ways are all that a customer can cause: cards, stock, and cancels', () => {
  expect(Object.keys(WAYS).length).toBe(fromMatrix.length + BEFORE.length + 4);
  const statuses = new Set(Object.values(WAYS).map(({ status }) => status));
  expect([...statuses].sort()).toEqual(['CANCELLED', 'COMPLETED', 'FAILED', 'NEEDS_ATTENTION']);
  const fixtures = new Set(fromMatrix.map(({ approach }) => approach.fixture));
  expect([...fixtures].sort()).toEqual([
    'authorized-then-timeout',
    'capture-declined',
    'captured-then-timeout',
    'declined',
    'insufficient-funds',
    'out-of-stock',
    'sample-order',
    'unavailable-once',
  ]);
});

/** Shows an order whose execution is one of a copy: what the route answers, made by its own code. */
async function answerFor({ orderId, copy }: Story): Promise<void> {
  await visit.page.unroute('**/executions');
  if (copy === undefined) return;
  const page = await listExecutions(await readOrderRow(orderId), undefined, {
    stepFunctions: sfn,
    workflowArn: copy,
  });
  await visit.page.route('**/executions', (route) => route.fulfill({ json: page }));
}

/** The part of a table's row that is read in the browser. */
interface Row {
  querySelectorAll: (selector: string) => { textContent: string | null }[];
}

/** What the graph has to look like after an execution, by its history. */
function expectedLooks({ status, visits }: Awaited<ReturnType<typeof historyOf>>): Record<string, string> {
  return Object.fromEntries(
    visits.map(({ name, failed }, index) => {
      const isEnd = index === visits.length - 1 && status !== 'SUCCEEDED';
      return [name, isEnd ? 'graph-failed' : failed ? 'graph-caught' : 'graph-succeeded'];
    }),
  );
}

test.each(Object.entries(WAYS))('the graph shows the way that the history says: %s', async (name, way) => {
  const story = (await stories.get(name)) as Story;
  const { page } = visit;
  await answerFor(story);
  await visit.goTo(`/orders/${story.orderId}`);
  const executions = page.getByRole('region', { name: 'Executions' });
  await executions.locator('svg.graph').waitFor();

  for (const [index, arn] of story.arns.entries()) {
    if (story.arns.length > 1) {
      const buttons = executions.getByRole('group', { name: 'Executions of the order' }).getByRole('button');
      expect(await buttons.count()).toBe(story.arns.length);
      await buttons.nth(index).click();
    }
    const told = await historyOf(arn);
    const path = told.visits.map((one) => one.name);
    if (index === story.arns.length - 1 && way.path) expect(path).toEqual(way.path);

    const graph = await drawnGraph(page);
    expect(drawnPath(graph)).toEqual(path);
    const reached = graph.states.filter(({ look }) => look !== 'graph-not-reached');
    expect(Object.fromEntries(reached.map((state) => [state.name, state.look]))).toEqual(expectedLooks(told));
    const last = path.at(-1) ?? '';
    const steps = path.slice(1).map((to, step) => `${path[step]} -> ${to}`);
    const ends = definition.States[last]?.End ? [`${last} -> end`] : [];
    expect(graph.ways.toSorted()).toEqual([`start -> ${path[0]}`, ...new Set(steps), ...ends].toSorted());
    for (const { name: state, label } of graph.states) {
      const attempts = told.visits.reduce((sum, one) => sum + (one.name === state ? one.attempts : 0), 0);
      expect(/(\d+) attempts/.exec(label)?.[1]).toBe(attempts > 1 ? String(attempts) : undefined);
    }

    const rows = executions.getByRole('table').locator('tbody tr');
    expect(await rows.getByRole('rowheader').allInnerTexts()).toEqual(path);
    const texts = (found: Row[]) =>
      found.map((row) => ({
        happened: row.querySelectorAll('td')[1]?.textContent ?? '',
        attempts: [...row.querySelectorAll('td li')].map((item) => item.textContent ?? ''),
      }));
    const shown = await rows.evaluateAll(texts);
    told.visits.forEach(({ errors, failed }, row) => {
      const { happened, attempts } = shown[row] ?? { happened: '', attempts: [] };
      if (failed) expect(happened).toContain(`failed with ${errors.at(-1)}`);
      else expect(happened).toMatch(/^succeeded$|^ended the execution with /);
      const named = attempts.flatMap((attempt) => / with (\S+?)(?:, then a wait of .*)?\.$/.exec(attempt)?.[1] ?? []);
      expect(named).toEqual(errors);
    });
  }
  expect(visit.faults()).toEqual([]);
});

test('an execution is replayed step by step, by keyboard too', async () => {
  const name = Object.keys(WAYS).find((way) => way.includes('tok_capture_declined')) ?? '';
  const { orderId, arns } = (await stories.get(name)) as Story;
  const path = (await historyOf(arns[0] ?? '')).visits.map((one) => one.name);
  const { page } = visit;
  await page.unroute('**/executions');
  await visit.goTo(`/orders/${orderId}`);
  await page.getByRole('button', { name: 'First' }).click();
  await page.getByText(`Step 1 of ${path.length + 2}:`).waitFor();
  expect(drawnPath(await drawnGraph(page))).toEqual([]);
  for (let step = 1; step <= path.length; step += 1) {
    await page.keyboard.press('ArrowRight');
    await page.getByText(`Step ${step + 1} of ${path.length + 2}:`).waitFor();
    const graph = await drawnGraph(page);
    expect(drawnPath(graph)).toEqual(path.slice(0, step));
    expect(graph.states.filter(({ look }) => look === 'graph-running').map((state) => state.name)).toEqual([
      path[step - 1],
    ]);
  }
  await page.keyboard.press('End');
  await page.getByText('The execution ended as failed.').waitFor();
  expect(drawnPath(await drawnGraph(page))).toEqual(path);

  // The graph is one stop of the tab key. Enter tells why a state is there, and which errors lead on.
  await page.getByRole('button', { name: 'CapturePayment: failed, caught' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'CapturePayment', level: 4 }).waitFor();
  await page.getByText('Errors that lead on from here:').waitFor();
  expect(visit.faults()).toEqual([]);
});
