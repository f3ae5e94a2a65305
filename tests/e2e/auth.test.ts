import { randomUUID } from 'node:crypto';
import { claims } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const post = (body: Record<string, unknown>): Promise<Answer> => call('POST', '/auth', { body });
const newEmail = () => `${randomUUID()}@example.com`;
const password = () => `Aa1-${randomUUID()}`;

/** The codes that were mailed to an address, oldest first. */
async function codesMailedTo(address: string): Promise<string[]> {
  const { messages } = (await (await fetch(stack.mailboxUrl)).json()) as {
    messages: Record<string, { To: string[]; BodyText: string }[]>;
  };
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address))
    .flatMap(({ BodyText }) => /\b\d{6}\b/.exec(BodyText)?.[0] ?? []);
}

function codeMailedTo(address: string, count: number): Promise<string> {
  return waitFor(`mail ${count} to ${address}`, async () => (await codesMailedTo(address))[count - 1]);
}

test('an account goes from registration to sign-out', async () => {
  const email = newEmail();
  const first = password();
  const second = password();

  expect(await post({ action: 'register', email, password: first })).toMatchObject({ status: 201 });
  expect(await post({ action: 'login', email, password: first })).toMatchObject({ status: 401 });
  const code = await codeMailedTo(email, 1);
  expect(await post({ action: 'confirm', email, code })).toMatchObject({ status: 200 });

  const login = await post({ action: 'login', email, password: first });
  expect(login).toMatchObject({ status: 200, body: { expiresIn: expect.any(Number) } });
  expect(claims(String(login.body.idToken))).toMatchObject({ email, token_use: 'id' });
  expect(login.headers.get('cache-control')).toBe('no-store');
  const { refreshToken } = login.body;
  expect(await call('GET', '/orders', { token: String(login.body.idToken) })).toMatchObject({ status: 200 });

  const refreshed = await post({ action: 'refresh', refreshToken });
  expect(refreshed).toMatchObject({
    status: 200,
    body: { idToken: expect.any(String), accessToken: expect.any(String) },
  });
  expect(await call('GET', '/orders', { token: String(refreshed.body.idToken) })).toMatchObject({ status: 200 });

  expect(await post({ action: 'forgot', email })).toMatchObject({ status: 200 });
  const resetCode = await codeMailedTo(email, 2);
  const wrongCode = resetCode === '000000' ? '111111' : '000000';
  expect(await post({ action: 'reset', email, code: wrongCode, password: second })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_FAILED' },
  });
  expect(await post({ action: 'reset', email, code: resetCode, password: second })).toMatchObject({ status: 200 });
  expect(await post({ action: 'login', email, password: first })).toMatchObject({ status: 401 });
  const again = await post({ action: 'login', email, password: second });
  expect(again).toMatchObject({ status: 200 });

  expect(await post({ action: 'logout', refreshToken: again.body.refreshToken })).toMatchObject({ status: 200 });
  expect(await post({ action: 'refresh', refreshToken: again.body.refreshToken })).toMatchObject({
    status: 401,
    body: { code: 'UNAUTHORIZED' },
  });
});

test('a new code can be asked for before the account is confirmed', async () => {
  const email = newEmail();
  await post({ action: 'register', email, password: password() });
  expect(await post({ action: 'resend', email })).toMatchObject({ status: 200 });
  const code = await codeMailedTo(email, 2);
  expect(await post({ action: 'confirm', email, code })).toMatchObject({ status: 200 });
});

describe('no answer tells whether an account exists:', () => {
  const known = newEmail();
  const knownPassword = password();
  beforeAll(async () => {
    await post({ action: 'register', email: known, password: knownPassword });
    const confirmed = await post({ action: 'confirm', email: known, code: await codeMailedTo(known, 1) });
    expect(confirmed.status).toBe(200);
  });

  test.each([
    ['register', { password: password() }, 201],
    ['confirm', { code: '000000' }, 400],
    ['resend', {}, 200],
    ['login', { password: 'wrong' }, 401],
    ['forgot', {}, 200],
    ['reset', { code: '000000', password: password() }, 400],
  ] as const)('%s', async (action, more, status) => {
    const answers = await Promise.all([known, newEmail()].map((email) => post({ action, email, ...more })));
    expect(answers[0]?.status).toBe(status);
    expect(answers[1]?.status).toBe(status);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
  });

  test('and a registration of a known address changes nothing of it', async () => {
    await post({ action: 'register', email: known, password: password() });
    expect(await post({ action: 'login', email: known, password: knownPassword })).toMatchObject({ status: 200 });
  });
});
