import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Stack } from '../local/stack-file.ts';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answerOf, Refusal } from '../storefront/src/api/refusal.ts';
import { WrongUsage } from './exit.ts';
import type { OperatorsApi } from './operators-api.ts';
import { ask } from './questions.ts';
import type { StackOptions } from './stack-of-command.ts';

type AuthAnswer = components['schemas']['AuthAnswer'];

/** What is kept between two commands, so that a second factor is asked for once and not by each. */
interface Kept {
  email: string;
  idToken: string;
  refreshToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** A token is not used in its last minute. */
const SPARE = 60_000;

/** Where the tokens for a stack are kept. Only its owner may read the file. */
export function sessionFile({ stackName, region }: Pick<Stack, 'stackName' | 'region'>): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local/state');
  return join(state, 'order-processing', `${region}-${stackName}.json`);
}

/**
 * An ID token for the operator. On the local cloud it is the one of `.local/stack.json`, each time anew. On AWS the
 * tokens of the last sign-in are used while they last; otherwise e-mail, password and the code of the second factor come
 * from OPS_EMAIL (or `--operator`), OPS_PASSWORD and OPS_MFA_CODE, or are asked for on the terminal.
 *
 * @throws Refusal, or WrongUsage when nobody can be asked
 */
export async function signIn(api: OperatorsApi, stack: Stack, { operator }: StackOptions): Promise<string> {
  const email = operator ?? process.env.OPS_EMAIL;
  if (stack.endpoint !== undefined && email === undefined) {
    return tokensOf(await authenticate(api, { action: 'login', ...stack.operator })).idToken;
  }
  const kept = readKept(stack);
  if (kept && (email === undefined || email === kept.email)) {
    if (kept.expiresAt - SPARE > Date.now()) return kept.idToken;
    const refreshed = await refresh(api, kept);
    if (refreshed) return keep(stack, kept.email, { refreshToken: kept.refreshToken, ...refreshed });
  }
  const who = email ?? (await ask('E-mail of the operator?', { or: 'OPS_EMAIL' }));
  const password = process.env.OPS_PASSWORD ?? (await ask('Password?', { or: 'OPS_PASSWORD', hidden: true }));
  return keep(stack, who, await logIn(api, who, password));
}

async function logIn(api: OperatorsApi, email: string, password: string) {
  const answer = await authenticate(api, { action: 'login', email, password });
  if (!('challenge' in answer)) return tokensOf(answer);
  if (answer.challenge !== 'SOFTWARE_TOKEN_MFA') {
    throw new WrongUsage('The password has to be replaced first: sign in at the desk once.');
  }
  const code = process.env.OPS_MFA_CODE ?? (await ask('Code of the authenticator app?', { or: 'OPS_MFA_CODE' }));
  return tokensOf(await authenticate(api, { action: 'mfa', session: answer.session, email, code }));
}

/** New tokens; nothing when the session has ended, so that the operator signs in again. */
async function refresh(api: OperatorsApi, { refreshToken }: Kept) {
  try {
    return tokensOf(await authenticate(api, { action: 'refresh', refreshToken }));
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return undefined;
    throw error;
  }
}

const authenticate = (api: OperatorsApi, body: components['schemas']['AuthRequest']): Promise<AuthAnswer> =>
  answerOf(api.POST('/auth', { body }));

function tokensOf(answer: AuthAnswer) {
  if ('idToken' in answer) return answer;
  throw new WrongUsage('The account wants more than a password: sign in at the desk once.');
}

function keep(
  stack: Stack,
  email: string,
  { idToken, refreshToken = '', expiresIn }: { idToken: string; refreshToken?: string; expiresIn: number },
): string {
  const file = sessionFile(stack);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const kept: Kept = { email, idToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000 };
  // A file that exists keeps its mode, and somebody may have widened it.
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600 });
  return idToken;
}

/** The tokens of the last sign-in. */
export function readKept(stack: Pick<Stack, 'stackName' | 'region'>): Kept | undefined {
  try {
    return JSON.parse(readFileSync(sessionFile(stack), 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}
