import validateAuthRequest from '../../functions/auth/auth-request.validator.js';
import { readBody } from '../../functions/shared/api/request-body.ts';
import { apiEvent } from '../support/api-event.ts';
import { pointersOf, problemOf } from '../support/problem-of.ts';

const refused = (body: object) =>
  problemOf(() => readBody(apiEvent({ body: JSON.stringify(body) }), validateAuthRequest));
const email = 'a@example.com';
const password = 'Correct1Horse';

test.each([
  { action: 'register', email, password },
  { action: 'confirm', email, code: '123456' },
  { action: 'resend', email },
  { action: 'login', email, password: 'xy' },
  { action: 'newPassword', email, password, session: 'a-session-of-twenty-characters' },
  { action: 'mfa', email, code: '123456', session: 'a-session-of-twenty-characters' },
  { action: 'enrolMfa', accessToken: 'a.b.c' },
  { action: 'confirmMfa', accessToken: 'a.b.c', code: '123456' },
  { action: 'refresh', refreshToken: 'a.b.c' },
  { action: 'forgot', email },
  { action: 'reset', email, code: '123456', password },
  { action: 'logout', refreshToken: 'a.b.c' },
])('$action is accepted', (body) => {
  expect(readBody(apiEvent({ body: JSON.stringify(body) }), validateAuthRequest)).toEqual(body);
});

test('names the fault of the requested action alone', () => {
  expect(pointersOf(refused({ action: 'login', email }))).toEqual(['/password']);
  expect(pointersOf(refused({ action: 'confirm', email, code: 'abc' }))).toEqual(['/code']);
  expect(pointersOf(refused({ action: 'resend', email, isAdmin: true }))).toEqual(['/isAdmin']);
  expect(pointersOf(refused({ action: 'sudo', email }))).toEqual(['/action']);
  expect(pointersOf(refused({ email }))).toEqual(['/action']);
});

test.each(['short1A', 'alllowercase1', 'ALLUPPERCASE1', 'NoDigitsInHere', 'Control\u0007Char1'])(
  'refuses the new password %j',
  (weak) => {
    expect(pointersOf(refused({ action: 'register', email, password: weak }))?.[0]).toBe('/password');
  },
);
