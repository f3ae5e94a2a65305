import createClient from 'openapi-fetch';
import type { components, paths } from '../api/openapi.generated.d.ts';
import { answerOf, Unanswered } from '../api/refusal.ts';
import { browserStorage } from './browser-storage.ts';
import { Session, type Tokens } from './session.ts';

type AuthRequest = components['schemas']['AuthRequest'];
type AuthAnswer = components['schemas']['AuthAnswer'];

const client = createClient<paths>({ baseUrl: '/api' });

/**
 * Asks POST /auth, which needs no token.
 *
 * @throws Refusal, or Unanswered
 */
export function authenticate(body: AuthRequest): Promise<AuthAnswer> {
  return answerOf(client.POST('/auth', { body, signal: AbortSignal.timeout(20_000) }));
}

/** The session of this browser. */
export const session = new Session({
  storage: browserStorage,
  now: () => Date.now(),
  refresh: async (refreshToken): Promise<Tokens> => {
    const answer = await authenticate({ action: 'refresh', refreshToken });
    if (!('idToken' in answer)) throw new Unanswered('a refresh answered without tokens');
    return answer;
  },
  later: (callback, milliseconds) => setTimeout(callback, milliseconds),
  revoke: (refreshToken) => authenticate({ action: 'logout', refreshToken }),
});

addEventListener('storage', ({ key }) => session.onStorage(key));
