import type { Command } from 'commander';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answers } from './command.ts';
import { reasonOf, withReason } from './questions.ts';

type Provider = components['schemas']['BreakerClose']['provider'];

/** `ops breaker`: the circuit breakers of payment accounts. */
export function addBreaker(ops: Command): void {
  const breaker = ops.command('breaker').description('see circuit breakers, and close one');

  answers(
    breaker.command('show').description('the breakers of payment accounts that something ever happened to'),
    async (desk) => {
      const { answerOf } = await import('./operators-api.ts');
      const { shortTime, table } = await import('./table.ts');
      const api = await desk.api();
      const list = await answerOf(api.GET('/admin/breaker'));
      const rows = list.items.map(({ provider, account, state, failures, until }) => [
        account,
        provider,
        state,
        failures,
        until === undefined ? '' : `${shortTime(until)}${Date.parse(until) < Date.now() ? ', over' : ''}`,
      ]);
      const head = ['account', 'provider', 'state', 'failures', 'refuses until (UTC)'];
      return { data: list, text: table(head, rows, 'No payment ever failed.') };
    },
  );

  answers(
    withReason(
      breaker
        .command('reset')
        .description('close a breaker before its time; payments are tried again within some seconds')
        .argument('<account>', 'the payment account')
        .option('--provider <name>', 'the payment provider, if not the one in use'),
    ),
    async (desk, account: string, options: { provider?: string; reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      // The API says which providers there are.
      const provider = options.provider as Provider;
      const body = { account, reason, ...(provider && { provider }) };
      const now = await answerOf(api.POST('/admin/breaker/close', { body }));
      return { data: now, text: `The breaker of ${now.provider} ${now.account} is ${now.state}.` };
    },
  );
}
