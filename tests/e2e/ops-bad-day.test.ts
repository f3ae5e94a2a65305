import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { breakers, openBreaker } from '../support/breakers.ts';
import { ops, opsJson, type Run } from '../support/ops.ts';
import { makeProduct, readStock } from '../support/products.ts';
import { heal } from '../support/sandbox-account.ts';
import { sqs, stack } from '../support/stack.ts';
import { stuckOrder } from '../support/stuck-order.ts';
import { waitFor } from '../support/wait-for.ts';

/*
 * A bad day, cleared with the operators' command line alone: three orders that need attention, five poisoned messages in
 * the dead-letter queue, and an open circuit breaker. The commands run as processes of their own. With UPDATE_DOCS=1 the
 * session becomes docs/bad-day.md; without, the test looks whether that page still shows these commands.
 */

jest.setTimeout(420_000);

const PAGE = 'docs/bad-day.md';

/** What is wrong with each message. No replay can help them. */
const POISON = ['{"orderId": oops', 'hello', '[]', '{"orderId":17}', '{"createdAt":"2026-11-21T10:00:00.000Z"}'];

let operator: Customer;
let product: { productId: string };
let stuck: string[];
let poisoned: DeadLetter[];
let account: string;

beforeAll(async () => {
  const [customer, made] = await Promise.all([makeCustomer(), makeProduct({ available: 1 })]);
  product = made;
  operator = await makeOperator();
  const seeded = await Promise.all([
    Promise.all(Array.from({ length: 3 }, () => stuckOrder(customer, { productId: made.productId, quantity: 2 }))),
    poison(),
    openBreaker(),
  ]);
  stuck = seeded[0];
  poisoned = seeded[1];
  account = seeded[2].account;
}, 300_000);

interface DeadLetter {
  messageId: string;
  body: string;
}

/** Sends the poison through the order queue, as it would come, and waits until the pipe has given it up. */
async function poison(): Promise<DeadLetter[]> {
  const texts = POISON.map((text) => `${text} ${randomUUID()}`);
  for (const MessageBody of texts) {
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody }));
  }
  return waitFor(
    'the dead letters',
    async () => {
      const found = (await deadLetters()).filter(({ body }) => texts.includes(body));
      return found.length === texts.length && found;
    },
    { seconds: 240, everyMs: 2000 },
  );
}

async function deadLetters(): Promise<DeadLetter[]> {
  return (await opsJson<{ items: DeadLetter[] }>(['dlq', 'list', '--limit', '100'], operator)).items;
}

/** The session: what was said before a command, the command, and what it printed. */
const session: { words: string; command: string; output: string }[] = [];

/** Runs a command as the operator of the day. */
async function act(words: string, ...args: string[]): Promise<Run> {
  const run = await ops(args, operator);
  const command = args.map((word) => (/^[\w./+=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  session.push({ words, command, output: `${run.stdout}${run.exitCode === 0 ? '' : run.stderr}`.trimEnd() });
  return run;
}

/** Runs a command that has to be done. */
async function done(words: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await act(words, ...args);
  expect({ args, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, exitCode: 0, stderr: '' });
  return stdout;
}

// Other tests list the dead letters too, which hides them for a moment. A person would type the command again.

/** Lists the dead letters until all of these are there. */
function listed(words: string, letters: readonly string[]): Promise<string> {
  return waitFor('the dead letters in a list', async () => {
    const { exitCode, stdout } = await act(words, 'dlq', 'list', '--limit', '100');
    if (exitCode === 0 && letters.every((id) => stdout.includes(id))) return stdout;
    session.pop();
    return undefined;
  });
}

/** Replays or discards these letters, and once more those that were not found. The first time is kept. */
async function handled(
  words: string,
  verb: 'replay' | 'discard',
  letters: readonly string[],
  why: string,
): Promise<void> {
  let left = letters;
  await waitFor(`all to be handled by ${verb}`, async () => {
    const { exitCode, stdout } = await act(words, 'dlq', verb, ...left, '--reason', why);
    if (left !== letters) session.pop();
    left = left.filter((id) => !new RegExp(`^${id} (sent again|discarded)`, 'm').test(stdout));
    return exitCode === 0 || left.length === 0;
  });
}

test('a bad day is cleared with the command line alone, and the audit shows it', async () => {
  const [first = '', ...others] = stuck;
  const day = randomUUID().slice(0, 8);
  const because = (words: string) => `${words} (incident ${day})`;

  const status = await done('What is not well?', 'status');
  expect(status).toMatch(/^It is not well:/);
  expect(status).toContain(`the breaker of ${account} is OPEN`);

  // The provider: nothing goes on while nobody asks it.
  expect(await done('The payment provider first: orders cannot go on without it.', 'breaker', 'show')).toMatch(
    new RegExp(`^${account} .* OPEN `, 'm'),
  );
  // Here the provider's own status page would say that it is well again.
  await Promise.all(stuck.map(heal));
  const reset = ['breaker', 'reset', account, '--reason', because('the provider says that it is well again')];
  expect(await done('Its status page says that it is well again. So it may be asked again.', ...reset)).toContain(
    'is CLOSED',
  );
  expect((await breakers.read({ provider: 'sandbox', account })).state).toBe('CLOSED');

  // The orders.
  const list = await done('Then the orders that stopped.', 'orders', 'list');
  for (const id of stuck) expect(list).toContain(id);
  expect(await done('Why did they?', 'orders', 'show', first)).toContain('NEEDS_ATTENTION');
  const way = await done('Where exactly, and was it tried again?', 'executions', 'show', first);
  expect(way).toMatch(/↷ \w+ .*was caught/);
  const retry = (id: string) => ['orders', 'retry', id, '--reason', because('its payment can be given back now')];
  await done(
    'There was less than they asked for, and the payment could not be given back. Now it can.',
    ...retry(first),
  );
  expect(await done('It is followed to its end.', 'orders', 'watch', first)).toContain(
    `${first} is FAILED: OUT_OF_STOCK`,
  );
  for (const id of others) await done(id === others[0] ? 'The same for the others.' : '', ...retry(id));
  const again = await act('A retry of an order that has ended is refused, and changes nothing.', ...retry(first));
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('NOT_RETRYABLE') });

  // The dead letters.
  const [poor = { messageId: '', body: '' }, ...rest] = poisoned;
  const ids = poisoned.map(({ messageId }) => messageId);
  await listed('Last the messages that nobody could dispatch.', ids);
  const once = because('perhaps the pipe had trouble');
  await handled('None looks like an order. One is tried, in case it was the pipe.', 'replay', [poor.messageId], once);
  const back = await waitFor(
    'the letter to come back',
    async () => (await deadLetters()).find(({ messageId, body }) => body === poor.body && messageId !== poor.messageId),
    { seconds: 120, everyMs: 2000 },
  );
  const hopeless = [back, ...rest].map(({ messageId }) => messageId);
  await listed('Soon it is back, under a new id.', hopeless);
  const why = because('no order message, and a replay came back');
  await handled('No replay can help them. A lost message of an order is found by reconcile.', 'discard', hopeless, why);
  expect((await deadLetters()).filter(({ messageId }) => hopeless.includes(messageId))).toEqual([]);

  // The end of the day.
  await waitFor('the orders to end', async () => {
    const { items } = await opsJson<{ items: { orderId: string }[] }>(['orders', 'list', '--limit', '1000'], operator);
    return items.every(({ orderId }) => !stuck.includes(orderId));
  });
  for (const id of stuck) expect(await opsJson(['orders', 'show', id], operator)).toMatchObject({ status: 'FAILED' });
  expect(await readStock(product.productId)).toEqual({ available: 1, reserved: 0, sold: 0 });
  const well = await done('Is it well now?', 'status');
  expect(well).not.toContain(account);
  await done('Who did what, and why?', 'audit', '--changes', '--limit', '6');
  const { items } = await opsJson<{ items: Entry[] }>(['audit', '--changes', '--limit', '200'], operator);
  const mine = items.filter(({ reason = '' }) => reason.endsWith(`(incident ${day})`)).reverse();
  expect(mine.every(({ operatorId }) => operatorId === operator.customerId)).toBe(true);
  expect(mine.map(({ action, target }) => `${action} ${target}`)).toEqual([
    expect.stringMatching(/^BREAKER_CLOSED /),
    ...stuck.map((id) => `ORDER_RETRIED ${id}`),
    expect.stringMatching(/^DEAD_LETTERS_REPLAYED /),
    expect.stringMatching(/^DEAD_LETTERS_DISCARDED /),
  ]);

  record();
});

interface Entry {
  action: string;
  target: string;
  operatorId: string;
  reason?: string;
}

/** Writes the session as a page, or looks whether the page has the same commands. */
function record(): void {
  const page = [
    '# A bad day, cleared',
    '',
    'Three orders need attention, five poisoned messages are in the dead-letter queue, and a circuit breaker is open. This',
    'is what an operator typed, and what it printed. [ops-bad-day.test.ts](../tests/e2e/ops-bad-day.test.ts) makes such a',
    'day on the local cloud and runs these commands. With `UPDATE_DOCS=1` it writes this page; do not edit it.',
    '',
    ...session.flatMap(({ words, command, output }) => [
      ...(words === '' ? [] : [words, '']),
      '```console',
      `$ npm run -s ops -- ${command}`,
      output,
      '```',
      '',
    ]),
  ].join('\n');
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, page);
  expect(commandsOf(readFileSync(PAGE, 'utf8'))).toEqual(commandsOf(page));
}

/** The commands of a page, with everything that differs each day left out. */
function commandsOf(page: string): string[] {
  return [...page.matchAll(/^\$ (.+)$/gm)].map(([, command = '']) =>
    command
      .replace(/(t-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
      .replace(/incident [0-9a-f]{8}/, 'incident'),
  );
}
