import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { placeMany, settled, violationsOf } from '../support/many-orders.ts';
import { type Notifications, openNotifications } from '../support/notifications.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { sfn, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

// run.ts has started the release before, and has made the folder that UPGRADED_FOLDER names the present tree.

const ORDERS = 50;
const run = promisify(execFile);
const folder = process.env.UPGRADED_FOLDER ?? '';

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
  const product = await makeProduct({ available: 3 * ORDERS });
  const items = [{ productId: product.productId, quantity: 1 }];
  const orderIds = await placeMany(customer, ORDERS, items);
  const inFlight = await waitFor('an execution of the release before', async () => {
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stack.orderWorkflowArn, statusFilter: 'RUNNING' }),
    );
    return executions.length;
  });
  const before = await templateNow();
  const updated = run(process.execPath, ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', 'local/update.ts'], {
    cwd: folder,
  });
  // Customers go on, and meet a function of either release.
  const during = await placeMany(customer, ORDERS, items);
  const { stdout } = await updated;
  const after = await placeMany(customer, 5, items);
  console.log(`${stdout.trim()}\n${inFlight} executions ran when the update began`);

  const orders = await settled([...orderIds, ...during, ...after], 300);
  expect(await templateNow()).not.toBe(before);
  expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(2 * ORDERS + 5);
  expect(await violationsOf(orders, [product], notifications)).toEqual([]);
  expect([...new Set(orders.map(({ status }) => status))]).toEqual(['COMPLETED']);
  expect(await readProduct(product.productId)).toMatchObject({ sold: orders.length, reserved: 0 });
}, 500_000);

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
