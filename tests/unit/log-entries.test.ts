import { entriesOf, type LogEvent } from '../../local/log-entries.ts';

const STREAM = '2026/11/21/[$LATEST]one';
const events = (...messages: string[]): LogEvent[] =>
  messages.map((message) => ({ logStreamName: STREAM, timestamp: 1000, message }));

const line = (fields: object) =>
  JSON.stringify({ level: 'INFO', message: 'ORDER_VALID', timestamp: '1970-01-01T00:00:02.000Z', ...fields });

test('a line of the logger has the time at which it was written, its code, and its own fields', () => {
  const written = line({ service: 'order-processing', function_name: 'f', cold_start: true, orderId: 'o', items: 2 });
  expect(entriesOf('validate', events('START RequestId: r Version: $LATEST', written))).toEqual([
    {
      at: 2000,
      function: 'validate',
      level: 'INFO',
      message: 'ORDER_VALID',
      fields: { orderId: 'o', items: 2 },
      requestId: 'r',
    },
  ]);
});

test("Lambda's own lines, metrics and warnings of Node are left out", () => {
  const noise = [
    'START RequestId: r Version: $LATEST',
    '(node:1) [DEP0169] DeprecationWarning: `url.parse()` is old',
    '(Use `node --trace-deprecation ...` to show where the warning was created)',
    '{"_aws":{"Timestamp":1},"OrdersCreated":1}',
    'END RequestId: r',
    'REPORT RequestId: r\tDuration: 1 ms',
  ];
  expect(entriesOf('validate', events(...noise))).toEqual([]);
});

test('an error that was thrown is one entry with its stack', () => {
  const found = entriesOf(
    'payment',
    events('START RequestId: r Version: 1', 'TypeError: no', '    at a (/x/handler.js:1:2)'),
  );
  expect(found).toMatchObject([
    { level: 'ERROR', message: 'TypeError: no', stack: 'TypeError: no\n    at a (/x/handler.js:1:2)', requestId: 'r' },
  ]);
});

test('an error that was logged keeps its stack, apart from the fields', () => {
  const written = line({
    level: 'ERROR',
    error: { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at b' },
  });
  expect(entriesOf('payment', events(written))).toMatchObject([
    { level: 'ERROR', fields: {}, stack: 'TypeError: no\n    at b' },
  ]);
});

test('text of another invocation is an entry of its own', () => {
  const [one, other] = [events('first'), [{ logStreamName: 'two', timestamp: 1000, message: 'second' }]];
  expect(entriesOf('payment', [...one, ...other]).map(({ message }) => message)).toEqual(['first', 'second']);
});
