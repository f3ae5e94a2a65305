import { authorizedFetch } from '../../storefront/src/api/authorized-fetch.ts';
import { Refusal, Unanswered } from '../../storefront/src/api/refusal.ts';
import { isStaff, personOf, seesAllOrders } from '../../storefront/src/session/id-token.ts';
import { nextPage } from '../../storefront/src/session/next-page.ts';
import { REFRESH_TOKEN_KEY, Session, type Tokens } from '../../storefront/src/session/session.ts';
import { memoryStorage } from '../support/memory-storage.ts';

const base64 = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
const idTokenOf = (claims: object) => `${base64({ alg: 'RS256' })}.${base64(claims)}.signature`;
const HOUR = 3600;

let made = 0;
function tokensOf(customerId = 'ada', more: Partial<Tokens> = {}): Tokens {
  made += 1;
  const idToken = idTokenOf({ sub: customerId, email: `${customerId}@example.com`, made });
  return { idToken, accessToken: `access-${made}`, expiresIn: HOUR, ...more };
}

/** A session whose clock and whose API are in the hands of the test. */
function sessionWith({ refreshToken, refresh }: { refreshToken?: string; refresh?: () => Promise<Tokens> } = {}) {
  const storage = memoryStorage(refreshToken === undefined ? {} : { [REFRESH_TOKEN_KEY]: refreshToken });
  const clock = { now: 0 };
  const asked: string[] = [];
  const revoked: string[] = [];
  const postponed: (() => void)[] = [];
  const session = new Session({
    storage,
    now: () => clock.now,
    refresh: (token) => {
      asked.push(token);
      return (refresh ?? (async () => tokensOf()))();
    },
    revoke: async (token) => revoked.push(token),
    later: (callback) => postponed.push(callback),
  });
  return { session, storage, clock, asked, revoked, postponed };
}

const refused = async () => {
  throw new Refusal({ status: 401, code: 'UNAUTHORIZED', detail: 'sign in again' });
};
const unanswered = async () => {
  throw new Unanswered('no answer');
};

describe('the session', () => {
  test('is signed out without a refresh token, and asks nobody', async () => {
    const { session, asked } = sessionWith();
    await session.restore();
    expect(await session.idToken()).toBeUndefined();
    expect(session.get()).toEqual({ status: 'SIGNED_OUT' });
    expect(asked).toEqual([]);
  });

  test('keeps only the refresh token in the storage', () => {
    const { session, storage } = sessionWith();
    session.signIn(tokensOf('ada', { refreshToken: 'refresh-1' }));
    expect(session.get()).toMatchObject({
      status: 'SIGNED_IN',
      person: { customerId: 'ada', email: 'ada@example.com' },
    });
    expect(storage.entries()).toEqual([[REFRESH_TOKEN_KEY, 'refresh-1']]);
  });

  test('is restored after a reload', async () => {
    const { session, asked } = sessionWith({ refreshToken: 'refresh-1' });
    expect(session.get().status).toBe('RESTORING');
    await session.restore();
    expect(session.get()).toMatchObject({ status: 'SIGNED_IN', person: { customerId: 'ada' } });
    expect(asked).toEqual(['refresh-1']);
  });

  test('tries again to be restored when the API did not answer', async () => {
    let refresh: () => Promise<Tokens> = unanswered;
    const { session, postponed } = sessionWith({ refreshToken: 'refresh-1', refresh: () => refresh() });
    await session.restore();
    expect(session.get().status).toBe('RESTORING');
    expect(postponed).toHaveLength(1);
    refresh = async () => tokensOf();
    postponed[0]?.();
    await session.idToken();
    expect(session.get().status).toBe('SIGNED_IN');
  });

  test('refreshes a token before it ends, and not earlier', async () => {
    const { session, clock, asked } = sessionWith();
    const first = tokensOf('ada', { refreshToken: 'refresh-1' });
    session.signIn(first);
    clock.now = (HOUR - 120) * 1000;
    expect(await session.idToken()).toBe(first.idToken);
    expect(asked).toEqual([]);
    clock.now = (HOUR - 30) * 1000;
    expect(await session.idToken()).not.toBe(first.idToken);
    expect(asked).toEqual(['refresh-1']);
  });

  test('refreshes once for many who ask at once', async () => {
    const { session, asked } = sessionWith({ refreshToken: 'refresh-1' });
    const tokens = await Promise.all([session.idToken(), session.idToken(), session.renew('old')]);
    expect(new Set(tokens).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('ends as expired when the refresh token is not good any more', async () => {
    const { session, storage } = sessionWith({ refreshToken: 'refresh-1', refresh: refused });
    expect(await session.idToken()).toBeUndefined();
    expect(session.get()).toEqual({ status: 'SIGNED_OUT', hasExpired: true });
    expect(storage.entries()).toEqual([]);
  });

  test('does not end because the API did not answer', async () => {
    const { session, storage } = sessionWith({ refreshToken: 'refresh-1', refresh: unanswered });
    await expect(session.idToken()).rejects.toThrow(Unanswered);
    expect(storage.entries()).toEqual([[REFRESH_TOKEN_KEY, 'refresh-1']]);
  });

  test('signing out forgets everything and ends the refresh token', async () => {
    const { session, storage, revoked } = sessionWith();
    session.signIn(tokensOf('ada', { refreshToken: 'refresh-1' }));
    session.signOut();
    expect(session.get()).toEqual({ status: 'SIGNED_OUT' });
    expect(storage.entries()).toEqual([]);
    expect(revoked).toEqual(['refresh-1']);
    expect(await session.idToken()).toBeUndefined();
  });

  test('an answer to a refresh that comes after the sign-out signs nobody in', async () => {
    let answer: (tokens: Tokens) => void = () => {};
    const { session } = sessionWith({
      refreshToken: 'refresh-1',
      refresh: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    const asked = session.idToken();
    session.signOut();
    answer(tokensOf());
    expect(await asked).toBeUndefined();
    expect(session.get()).toEqual({ status: 'SIGNED_OUT' });
  });

  test('a sign-out in another tab signs out here', () => {
    const { session, storage } = sessionWith();
    session.signIn(tokensOf('ada', { refreshToken: 'refresh-1' }));
    const heard: string[] = [];
    session.subscribe(() => heard.push(session.get().status));
    storage.removeItem(REFRESH_TOKEN_KEY);
    session.onStorage(REFRESH_TOKEN_KEY);
    expect(heard).toEqual(['SIGNED_OUT']);
  });

  test('when somebody else signs in in another tab, nothing of the person before is shown', async () => {
    const { session, storage, asked } = sessionWith({ refresh: async () => tokensOf('grace') });
    session.signIn(tokensOf('ada', { refreshToken: 'refresh-1' }));
    storage.setItem(REFRESH_TOKEN_KEY, 'refresh-2');
    session.onStorage(REFRESH_TOKEN_KEY);
    expect(session.get()).toEqual({ status: 'RESTORING' });
    await session.idToken();
    expect(session.get()).toMatchObject({ status: 'SIGNED_IN', person: { customerId: 'grace' } });
    expect(asked).toEqual(['refresh-2']);
  });

  test('a change of another key in the storage is none of its business', () => {
    const { session } = sessionWith();
    session.signIn(tokensOf('ada', { refreshToken: 'refresh-1' }));
    session.onStorage('cart');
    expect(session.get().status).toBe('SIGNED_IN');
  });
});

describe('a request of the page', () => {
  /** Sends a request with answers of these statuses, and tells what was sent. */
  async function sending(path: string, statuses: number[], method = 'POST', renewed: string | undefined = 'token-2') {
    const sent: { token: string | null; body: string }[] = [];
    const refusedTokens: string[] = [];
    const source = {
      idToken: async () => 'token-1',
      renew: async (token: string) => {
        refusedTokens.push(token);
        return renewed;
      },
    };
    const send = authorizedFetch(source, async (input) => {
      const request = input as Request;
      sent.push({ token: request.headers.get('authorization'), body: await request.text() });
      return new Response(null, { status: statuses[sent.length - 1] ?? 599 });
    });
    const request = new Request(`https://shop.example${path}`, {
      method,
      ...(method === 'POST' && { body: 'what is asked' }),
    });
    const { status } = await send(request);
    return { status, sent, refusedTokens };
  }

  test('carries the ID token', async () => {
    expect(await sending('/api/orders', [202])).toEqual({
      status: 202,
      sent: [{ token: 'token-1', body: 'what is asked' }],
      refusedTokens: [],
    });
  });

  test('is sent once more, whole and with a new token, after a 401', async () => {
    expect(await sending('/api/orders', [401, 202])).toEqual({
      status: 202,
      sent: [
        { token: 'token-1', body: 'what is asked' },
        { token: 'token-2', body: 'what is asked' },
      ],
      refusedTokens: ['token-1'],
    });
  });

  test('is sent no third time', async () => {
    expect(await sending('/api/orders', [401, 401])).toMatchObject({ status: 401, sent: { length: 2 } });
  });

  test('ends with the 401 when the session has ended', async () => {
    expect(await sending('/api/orders', [401], 'POST', '')).toMatchObject({ sent: { length: 2 } });
    const ended = authorizedFetch(
      { idToken: async () => 'token-1', renew: async () => undefined },
      async () => new Response(null, { status: 401 }),
    );
    expect((await ended(new Request('https://shop.example/api/orders'))).status).toBe(401);
  });

  test.each([
    ['/api/auth', 'POST'],
    ['/api/products', 'GET'],
  ])('%s is asked without a token, and a 401 of it means what it says', async (path, method) => {
    expect(await sending(path, [401], method)).toMatchObject({
      status: 401,
      sent: [{ token: null }],
      refusedTokens: [],
    });
  });
});

describe('the ID token', () => {
  test('tells who it is, in any letters', () => {
    const claims = { sub: 'id-1', email: 'zoë@example.com', 'cognito:groups': ['operators'] };
    expect(personOf(idTokenOf(claims))).toEqual({
      customerId: 'id-1',
      email: 'zoë@example.com',
      groups: ['operators'],
    });
  });

  test.each([
    [['operators'], true, true],
    [['support'], true, true],
    [['catalogue'], true, false],
    [['friends'], false, false],
    [[], false, false],
  ])('groups %j: desk %s, everybody’s orders %s', (groups, desk, orders) => {
    const person = { customerId: 'id-1', email: 'ada@example.com', groups };
    expect([isStaff(person), seesAllOrders(person)]).toEqual([desk, orders]);
  });

  test('a text that is no token is refused', () => {
    expect(() => personOf('nothing')).toThrow('not a JSON Web Token');
  });
});

describe('the page after signing in', () => {
  test.each(['/checkout', '/orders/1?a=b', '/'])('%s of this site is followed', (next) => {
    expect(nextPage(next)).toBe(next);
  });

  test.each([
    undefined,
    '',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/a\\b',
  ])('%s leads to the orders', (next) => {
    expect(nextPage(next)).toBe('/orders');
  });
});
