import { Command } from 'commander';
import { addAudit } from './audit.ts';
import { addBreaker } from './breaker.ts';
import { addCompletion } from './completion.ts';
import { addDlq } from './dlq.ts';
import { addDoctor } from './doctor.ts';
import { addExecutions } from './executions.ts';
import { addLogs } from './logs.ts';
import { addOrders } from './orders.ts';
import { addReconcile } from './reconcile.ts';
import { addSession } from './session.ts';
import { addStatus } from './status.ts';
import { addStock } from './stock.ts';

/** The commands. Each noun is a file, which loads what it needs when it is called: the help of all comes at once. */
export function program({ isJson }: { isJson: boolean }): Command {
  const ops = new Command('ops')
    .description('Looks after an order-processing stack: the local one, or one on AWS with --stack.')
    // Before the commands, which inherit both.
    .exitOverride()
    .configureOutput({
      // In JSON the error is the document.
      writeErr: (text) => (isJson ? undefined : process.stderr.write(text)),
      outputError: (text, write) => write(text.replace(/^error: /, '')),
    })
    .showHelpAfterError('(--help shows what there is)')
    .option('--json', 'print one JSON document and nothing else')
    .option('--stack <name>', 'a stack on AWS; without it, the local cloud of this folder')
    .option('--profile <name>', 'the AWS profile to use with --stack')
    .option('--region <name>', 'the AWS region to use with --stack')
    .option('--operator <email>', 'who signs in to the API (or OPS_EMAIL)')
    .option('--api-url <address>', 'where the API of --stack answers, if not at its output ApiUrl')
    .addHelpText(
      'after',
      '\nExit code: 0 done, 1 refused or failed, 2 wrong usage. What changes something asks why (--reason).',
    );
  for (const add of [
    addStatus,
    addOrders,
    addExecutions,
    addDlq,
    addReconcile,
    addBreaker,
    addStock,
    addAudit,
    addLogs,
    addDoctor,
    addSession,
    addCompletion,
  ]) {
    add(ops);
  }
  return ops;
}
