import createClient from 'openapi-fetch';
import type { Stack } from '../local/stack-file.ts';
import type { paths } from '../storefront/src/api/openapi.generated.d.ts';
import { signIn } from './sign-in.ts';
import type { StackOptions } from './stack-of-command.ts';

export { answerOf } from '../storefront/src/api/refusal.ts';

/** The API, typed by docs/openapi.yaml, for an operator who is signed in. Wrap each call in `answerOf`. */
export type OperatorsApi = ReturnType<typeof createClient<paths>>;

/** @throws Refusal when the operator may not sign in, WrongUsage when nobody can be asked who it is */
export async function operatorsApi(stack: Stack, options: StackOptions): Promise<OperatorsApi> {
  const key = { 'x-api-key': stack.apiKey || (await (await import('./api-key.ts')).apiKeyOf(stack)) };
  const anonymous = createClient<paths>({ baseUrl: stack.apiUrl, headers: key });
  const idToken = await signIn(anonymous, stack, options);
  return createClient<paths>({ baseUrl: stack.apiUrl, headers: { ...key, authorization: idToken } });
}

/** The pages of a list, one after the other, as they are asked for. */
export async function* pagesOf<Page extends { nextToken?: string }>(
  readPage: (after: { nextToken?: string }) => Promise<Page>,
): AsyncGenerator<Page> {
  let after: { nextToken?: string } | undefined = {};
  while (after) {
    const page = await readPage(after);
    after = page.nextToken === undefined ? undefined : { nextToken: page.nextToken };
    yield page;
  }
}
