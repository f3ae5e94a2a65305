import { rmSync } from 'node:fs';
import type { Command } from 'commander';
import { answers } from './command.ts';

/** `ops logout`: what a sign-in to a stack on AWS left behind. */
export function addSession(ops: Command): void {
  answers(
    ops.command('logout').description('forget the tokens of the last sign-in, and end that session'),
    async ({ stack }) => {
      const [{ readKept, sessionFile }, { apiKeyOf }, { default: createClient }] = await Promise.all([
        import('./sign-in.ts'),
        import('./api-key.ts'),
        import('openapi-fetch'),
      ]);
      const signedInTo = await stack();
      const kept = readKept(signedInTo);
      if (!kept) return { data: { loggedOut: false }, text: 'Nobody is signed in.' };
      rmSync(sessionFile(signedInTo));
      const key = { 'x-api-key': signedInTo.apiKey || (await apiKeyOf(signedInTo)) };
      await createClient<import('../storefront/src/api/openapi.generated.d.ts').paths>({
        baseUrl: signedInTo.apiUrl,
        headers: key,
      }).POST('/auth', { body: { action: 'logout', refreshToken: kept.refreshToken } });
      return { data: { loggedOut: true, email: kept.email }, text: `${kept.email} is signed out.` };
    },
  );
}
