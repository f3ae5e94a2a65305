import { globSync, readFileSync } from 'node:fs';
import { LOG_CODES } from '../../functions/shared/runtime/log-codes.ts';
import { LOG_FIELDS } from '../../functions/shared/runtime/log-fields.ts';
import { logger } from '../../functions/shared/runtime/logging.ts';

const CODES = Object.keys(LOG_CODES);
const DOCUMENT = 'docs/observability.md';

const sources = globSync('functions/**/*.ts')
  .filter((path) => !path.endsWith('log-codes.ts'))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** The literal messages of every call of the logger, and of every choice between two of them. */
function loggedIn(text: string): string[] {
  return [...text.matchAll(/\blogger\s*\.(?:trace|debug|info|warn|error|critical)\(\s*([^,)]*)/g)].flatMap(
    ([, first = '']) => [...first.matchAll(/'([^']*)'|`([^`]*)`|"([^"]*)"/g)].map((found) => found.slice(1).join('')),
  );
}

test('every call of the logger has a code of the list', () => {
  const logged = sources.flatMap(({ path, text }) => loggedIn(text).map((message) => ({ path, message })));
  expect(logged.length).toBeGreaterThan(25);
  // A condition that chooses between two codes compares with texts that are none.
  const isCode = (message: string) => CODES.includes(message) || !/^[A-Z]+_/.test(message);
  expect(logged.filter(({ message }) => !isCode(message) && message !== 'NOT_OURS')).toEqual([]);
});

test('the search for calls finds a message that is not in the list', () => {
  expect(loggedIn("logger.info('ORDER_EATEN', { orderId });\n logger\n  .warn(`SOMETHING`)")).toEqual([
    'ORDER_EATEN',
    'SOMETHING',
  ]);
});

test('the compiler refuses a message and a field that are not in the list', () => {
  const careless = () => {
    // @ts-expect-error: no code
    logger.info('ORDER_EATEN');
    // @ts-expect-error: no field of this code
    logger.info('ORDER_CREATED', { customerName: 'Zoë' });
    const order = { total: 1, shippingAddress: {} };
    // @ts-expect-error: no field of this code, also when it is spread
    logger.info('ORDER_CREATED', { ...order });
    // @ts-expect-error: no field of every line
    logger.appendKeys({ email: 'zoe@example.com' });
  };
  expect(careless).toBeInstanceOf(Function);
});

test('no function writes to the console', () => {
  expect(sources.filter(({ text }) => /\bconsole\./.test(text)).map(({ path }) => path)).toEqual([]);
});

test('every code is logged somewhere', () => {
  const unused = CODES.filter((code) => !sources.some(({ text }) => text.includes(`'${code}'`)));
  expect(unused).toEqual([]);
});

test('every allowed field is in a code, or in what is logged below one', () => {
  const inCodes = new Set<string>(Object.values(LOG_CODES).flatMap(({ fields }) => fields as readonly string[]));
  const others = LOG_FIELDS.filter((field) => !inCodes.has(field));
  // Of every line; of a failed record; of a payment.
  expect(others).toEqual([
    'orderId',
    'correlationId',
    'action',
    'codeCache',
    'sequenceNumber',
    'authorized',
    'captured',
    'refunded',
  ]);
});

test('the table of the document says of every code what the list says', () => {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    );
  const expected = Object.entries(LOG_CODES).map(([code, { meaning, fields }]) => [
    `\`${code}\``,
    meaning,
    fields.map((field) => `\`${field}\``).join(', '),
  ]);
  expect(rows).toEqual(expected);
});
