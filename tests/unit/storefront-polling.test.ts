import { FIRST_DELAY, LONGEST_DELAY, nextDelay, Poller } from '../../storefront/src/shop/orders/polling.ts';

interface Look {
  version: number;
  isLast?: boolean;
  error?: Error & { seconds?: number };
}

/** A poller whose looks and whose time are in the hands of the test. */
function pollerOf(looks: Look[], afterError = () => {}) {
  const waiting: { callback: () => void; milliseconds: number }[] = [];
  const delays: number[] = [];
  const seen: number[] = [];
  const errors: string[] = [];
  let asked = 0;
  const poller = new Poller<Look>({
    read: async () => {
      const look = looks[asked];
      asked += 1;
      if (!look) throw new Error('more looks than the test has');
      if (look.error) throw look.error;
      return look;
    },
    onValue: ({ version }) => seen.push(version),
    onError: (error) => {
      errors.push((error as Error).message);
      afterError();
    },
    versionOf: ({ version }) => version,
    isAtEnd: ({ isLast = false }) => isLast,
    retryAfterSeconds: (error) => (error as { seconds?: number }).seconds,
    timer: {
      set: (callback, milliseconds) => {
        const entry = { callback, milliseconds };
        waiting.push(entry);
        delays.push(milliseconds);
        return entry;
      },
      clear: (handle) => {
        waiting.splice(waiting.indexOf(handle as (typeof waiting)[number]), 1);
      },
    },
  });
  /** Lets an answer arrive. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** The time comes for the next look. */
  const tick = async () => {
    waiting.shift()?.callback();
    await settle();
  };
  return { poller, waiting, delays, seen, errors, settle, tick, asked: () => asked };
}

test('the delay grows from one second to fifteen while nothing happens, and starts again after a change', () => {
  const delays = [FIRST_DELAY];
  while (delays.length < 10) delays.push(nextDelay(delays.at(-1) ?? 0, false));
  expect(delays.map(Math.round)).toEqual([1000, 1500, 2250, 3375, 5063, 7594, 11391, 15_000, 15_000, 15_000]);
  expect(nextDelay(LONGEST_DELAY, true)).toBe(FIRST_DELAY);
});

test('an order is looked at until it is at an end, sooner after a change', async () => {
  const looks = [1, 1, 1, 2, 2].map((version) => ({ version }));
  const { poller, settle, tick, delays, seen, waiting } = pollerOf([...looks, { version: 3, isLast: true }]);
  poller.start();
  await settle();
  for (let count = 0; count < 5; count += 1) await tick();
  expect(delays).toEqual([1000, 1500, 2250, 1000, 1500]);
  expect(seen).toEqual([1, 1, 1, 2, 2, 3]);
  expect(waiting).toEqual([]);
  expect(poller.isRunning).toBe(false);
});

test('nothing is asked while nobody sees the page, and at once when somebody does', async () => {
  const { poller, settle, waiting, asked } = pollerOf([{ version: 1 }, { version: 1 }]);
  poller.start();
  await settle();
  poller.pause();
  expect(waiting).toEqual([]);
  expect(asked()).toBe(1);
  poller.start();
  expect(asked()).toBe(2);
});

test('an answer that arrives after the pause is dropped', async () => {
  const { poller, settle, waiting, seen } = pollerOf([{ version: 1 }]);
  poller.start();
  poller.pause();
  await settle();
  expect(seen).toEqual([]);
  expect(waiting).toEqual([]);
});

test('starting twice looks in one row', async () => {
  const { poller, settle, waiting, seen } = pollerOf([{ version: 1 }, { version: 2 }]);
  poller.start();
  poller.start();
  await settle();
  expect(seen).toEqual([2]);
  expect(waiting).toHaveLength(1);
});

test('after an error it goes on, not sooner than the API asked', async () => {
  const slowDown = Object.assign(new Error('too many'), { seconds: 30 });
  const { poller, settle, tick, delays, errors, seen } = pollerOf([
    { version: 1, error: new Error('no answer') },
    { version: 1, error: slowDown },
    { version: 1 },
  ]);
  poller.start();
  await settle();
  await tick();
  await tick();
  expect(errors).toEqual(['no answer', 'too many']);
  expect(delays.slice(0, 2)).toEqual([1500, 30_000]);
  expect(seen).toEqual([1]);
});

test('an error that asking again does not mend ends it', async () => {
  const { poller, settle, waiting, errors } = pollerOf([{ version: 1, error: new Error('gone') }], () =>
    poller.pause(),
  );
  poller.start();
  await settle();
  expect(errors).toEqual(['gone']);
  expect(waiting).toEqual([]);
  expect(poller.isRunning).toBe(false);
});
