import { PROBLEMS } from '../../functions/shared/api/problem.ts';
import { errorsByField, fieldOf } from '../../storefront/src/api/errors-by-field.ts';
import { answerOf, Refusal, Unanswered } from '../../storefront/src/api/refusal.ts';
import { Advice, spell, wordsFor } from '../../storefront/src/api/words.ts';
import { readShopConfig } from '../../storefront/src/shop/payment/shop-config.ts';

const refusal = (code: string, retryAfterSeconds?: number) =>
  new Refusal({ status: 400, code, detail: 'must match pattern "^x$"' }, retryAfterSeconds);

describe('errors beside fields', () => {
  const WORDS = { zipCode: 'Enter the postal code.', email: 'Enter an e-mail address.' };

  test.each([
    ['/shippingAddress/zipCode', 'zipCode'],
    ['/email', 'email'],
    ['limit', 'limit'],
    ['/a~1b', 'a/b'],
    ['', ''],
  ])('%s is about %s', (pointer, field) => {
    expect(fieldOf(pointer)).toBe(field);
  });

  test('errors of fields are told beside them, in our words', () => {
    expect(errorsByField([{ pointer: '/shippingAddress/zipCode' }, { pointer: '/email' }], WORDS)).toEqual({
      fields: WORDS,
      isAll: true,
    });
  });

  test('an error of no field of the form is not swallowed', () => {
    expect(errorsByField([{ pointer: '/email' }, { pointer: '/items/0/price' }], WORDS)).toEqual({
      fields: { email: WORDS.email },
      isAll: false,
    });
    expect(errorsByField([{ pointer: '/constructor' }], WORDS)).toEqual({ fields: {}, isAll: false });
    expect(errorsByField([], WORDS).isAll).toBe(false);
  });
});

describe('words', () => {
  test('every code of the API has words of its own, and they are not the API’s', () => {
    const words = Object.keys(PROBLEMS).map((code) => wordsFor(refusal(code), true));
    expect(new Set(words).size).toBe(Object.keys(PROBLEMS).length);
    expect(words.filter((text) => text.includes('pattern'))).toEqual([]);
  });

  test('a time to wait is told', () => {
    expect(wordsFor(refusal('TOO_MANY_REQUESTS', 1), true)).toMatch(/Try again in 1 second\.$/);
    expect(spell(45)).toBe('45 seconds');
    expect(spell(3600)).toBe('60 minutes');
  });

  test('no answer is told by what the browser knows of the network', () => {
    expect(wordsFor(new Unanswered('x'), true)).toContain('no answer');
    expect(wordsFor(new Unanswered('x'), false)).toContain('offline');
  });

  test('our own advice is told as it is, and other errors are not', () => {
    expect(wordsFor(new Advice('Change the cart.'), true)).toBe('Change the cart.');
    expect(wordsFor(new TypeError('x is undefined'), true)).not.toContain('undefined');
  });
});

describe('an answer of the API', () => {
  const answer = (status: number, body: { data?: unknown; error?: unknown }, headers = {}) =>
    answerOf(Promise.resolve({ ...body, response: new Response(null, { status, headers }) }));

  test('is its body', async () => {
    expect(await answer(200, { data: { items: [] } })).toEqual({ items: [] });
  });

  test('is a Refusal with the code and the time to wait, when it is a problem document', async () => {
    const problem = { type: 'about:blank', title: 'x', status: 409, code: 'CAPTURE_IN_PROGRESS', detail: 'x' };
    await expect(answer(409, { error: problem }, { 'retry-after': '5' })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'CAPTURE_IN_PROGRESS',
      retryAfterSeconds: 5,
    });
  });

  test.each([
    ['an error page of something between', 504, '<h1>Gateway Timeout</h1>'],
    ['nothing', 502, undefined],
  ])('%s says nothing about what was done', async (_what, status, error) => {
    await expect(answer(status, { error })).rejects.toThrow(Unanswered);
  });

  test('a network that fails says nothing about what was done', async () => {
    await expect(answerOf(Promise.reject(new TypeError('Failed to fetch')))).rejects.toThrow(Unanswered);
  });
});

describe('config.json', () => {
  test.each([[{ paymentProvider: 'sandbox' }], [{ paymentProvider: 'stripe', stripePublishableKey: 'pk_test_1' }]])(
    '%j is a configuration',
    (config) => {
      expect(readShopConfig(config)).toEqual(config);
    },
  );

  test.each([[{ paymentProvider: 'stripe' }], [{ paymentProvider: 'cash' }], [null], ['text']])(
    '%j is none',
    (config) => {
      expect(() => readShopConfig(config)).toThrow('no payment provider');
    },
  );
});
