import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { placeMany, settled, violationsOf } from '../support/many-orders.ts';
import { type Notifications, openNotifications } from '../support/notifications.ts';
import { readOrderRow } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { sfn, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

// run.ts has started the release before, and has made the folder that UPGRADED_FOLDER names the present tree.

const ORDERS = 50;
const run = promisify(execFile);
const folder = process.env.UPGRADED_FOLDER ?? '';
const node = (program: string, ...args: string[]) =>
  run(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', program, ...args], { cwd: folder });

let customer: Customer;
let notifications: Notifications;

beforeAll(async () => {
  [customer, notifications] = await Promise.all([makeCustomer(), openNotifications()]);
  await run(
    process.execPath,
    ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--input-type=module', '--eval', BUILD],
    {
      cwd: folder,
      maxBuffer: 2 ** 26,
    },
  );
}, 300_000);

const BUILD = "const { build } = await import('./local/local-cloud.ts'); await build();";

afterAll(() => notifications.close());

test(`${ORDERS} orders in flight are neither lost nor charged twice when the release changes under them`, async () => {
  const product = await makeProduct({ available: 20 * ORDERS });
  const items = [{ productId: product.productId, quantity: 1 }];
  // Without its relay the queue keeps every message, until the update begins.
  await node('local/relay.ts', 'kill');
  const orderIds = await placeMany(customer, ORDERS, items);
  const waiting = await Promise.all(orderIds.map((orderId) => readOrderRow(orderId)));
  expect(waiting.map(({ status }) => status)).toEqual(Array(ORDERS).fill('PENDING'));
  await node('local/relay.ts', 'start');
  const inFlight = await waitFor('an execution of the release before', async () => {
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stack.orderWorkflowArn, statusFilter: 'RUNNING' }),
    );
    return executions.length > 0 && executions.length;
  });
  const before = await templateNow();
  let isUpdating = true;
  const begun = Date.now();
  const updated = node('local/update.ts').finally(() => {
    isUpdating = false;
  });
  // A customer goes on, and meets a function of either release. What is refused is sent again, as the same order.
  const during: string[] = [];
  let refusals = 0;
  while (isUpdating) {
    const headers = { 'Idempotency-Key': randomUUID() };
    const place = () =>
      placeOrder(customer, orderRequest(items), headers).catch((error: Error) => {
        refusals += 1;
        throw error;
      });
    during.push(await waitFor('an order to be taken', place, { seconds: 300, everyMs: 500 }));
    await delay(500);
  }
  await updated;
  const after = await placeMany(customer, 5, items);
  console.log(
    `${ORDERS} orders waited and ${inFlight} executions ran when the update began. It took ${Date.now() - begun} ms. ` +
      `Meanwhile ${during.length} orders were taken, after ${refusals} refusals that were sent again.`,
  );

  const orders = await settled([...orderIds, ...during, ...after], 300);
  expect(await templateNow()).not.toBe(before);
  expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(ORDERS + during.length + 5);
  expect(await violationsOf(orders, [product], notifications)).toEqual([]);
  expect([...new Set(orders.map(({ status }) => status))]).toEqual(['COMPLETED']);
  expect(await readProduct(product.productId)).toMatchObject({ sold: orders.length, reserved: 0 });
}, 900_000);

/** What is deployed, as one text. */
async function templateNow(): Promise<string> {
  const { CloudFormationClient, GetTemplateCommand } = await import('@aws-sdk/client-cloudformation');
  const { region, endpoint, stackName } = stack;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudFormationClient({ region, ...(endpoint !== undefined && { endpoint, credentials }) });
  const { TemplateBody = '' } = await client.send(
    new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Processed' }),
  );
  return TemplateBody;
}
