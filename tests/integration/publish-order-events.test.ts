import { EventBridgeClient, type PutEventsCommand, type PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import { type BusResources, publishOrderEvents } from '../../functions/publish-order-events/publish-order-events.ts';
import { CLIENT_SETTINGS } from '../../functions/shared/aws/client-settings.ts';
import { randomOrderId } from '../../functions/shared/orders/order-id.ts';
import { type BusListener, deployBusListener } from '../support/bus-listener.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { aws, stack } from '../support/stack.ts';

const AT = '2026-01-02T03:04:05.678Z';
const bus = stack.outputs.OrderEventsBusName ?? '';

let listener: BusListener;
let line: RecordingProxy;
/** EventBridge as the function calls it, over a line that the tests disturb. */
let eventBridge: EventBridgeClient;

beforeAll(async () => {
  line = await RecordingProxy.before(Number(new URL(stack.endpoint ?? '').port));
  eventBridge = new EventBridgeClient({
    ...aws,
    ...CLIENT_SETTINGS.eventBridge,
    endpoint: `http://127.0.0.1:${line.port}`,
  });
  listener = await deployBusListener();
});
afterEach(() => line.reset());
afterAll(async () => {
  await listener.close();
  eventBridge.destroy();
  await line.stop();
});

function placed(orderId: string) {
  return {
    sequenceNumber: orderId,
    write: () => ({ orderId, before: [], after: [{ status: 'PENDING' as const, at: AT }] }),
  };
}

const someOrders = (count: number) => Array.from({ length: count }, randomOrderId);
const countsOf = (orderIds: string[]) =>
  Promise.all(orderIds.map(async (orderId) => (await listener.arrived(orderId, [0])).length));

test('while EventBridge refuses calls the batch fails from its first record, and its repeat tells all', async () => {
  const orderIds = someOrders(12);
  line.spoil('POST', /./, { status: 500, body: { __type: 'InternalException' } }, 2);
  const during = await publishOrderEvents(orderIds.map(placed), { eventBridge, bus });
  expect(line.spoilingsLeft).toBe(0);
  expect(during).toMatchObject({ published: 0, failed: { length: 12, 0: { sequenceNumber: orderIds[0] } } });
  expect(await publishOrderEvents(orderIds.map(placed), { eventBridge, bus })).toEqual({ published: 12, failed: [] });
  expect(await countsOf(orderIds)).toEqual(orderIds.map(() => 1));
});

test('when the answer of EventBridge is lost an event comes twice, and none is lost', async () => {
  const orderIds = someOrders(2);
  line.spoil('POST', /./, 'lose-answer');
  expect(await publishOrderEvents(orderIds.map(placed), { eventBridge, bus })).toEqual({ published: 2, failed: [] });
  expect(line.spoilingsLeft).toBe(0);
  expect(await countsOf(orderIds)).toEqual([2, 2]);
});

test('an entry that EventBridge refuses does not keep the others of its call from the bus', async () => {
  const orderIds = someOrders(12);
  const [, refused = ''] = orderIds;
  const resources: BusResources = { bus, eventBridge: refusing(refused) };
  expect(await publishOrderEvents(orderIds.map(placed), resources)).toEqual({
    published: 11,
    failed: [{ sequenceNumber: refused, error: 'InternalFailure' }],
  });
  const others = orderIds.filter((orderId) => orderId !== refused);
  expect(await countsOf(others)).toEqual(others.map(() => 1));
  expect(await listener.of(refused)).toEqual([]);
});

/** EventBridge that refuses the entries of one order, as it does for want of capacity, and takes the others. */
function refusing(orderId: string): BusResources['eventBridge'] {
  const send = async (command: PutEventsCommand): Promise<PutEventsCommandOutput> => {
    const all = command.input.Entries ?? [];
    const isRefused = ({ Detail = '' }) => Detail.includes(orderId);
    const taken = all.filter((entry) => !isRefused(entry));
    command.input.Entries = taken;
    const answer = taken.length > 0 ? await eventBridge.send(command) : { Entries: [], $metadata: {} };
    const results = [...(answer.Entries ?? [])];
    const Entries = all.map((entry) => (isRefused(entry) ? { ErrorCode: 'InternalFailure' } : (results.shift() ?? {})));
    return { ...answer, FailedEntryCount: all.length - taken.length, Entries };
  };
  return { send: send as EventBridgeClient['send'] };
}
