import { Command, CommanderError } from 'commander';
import { addAudit } from './audit.ts';
import { addBreaker } from './breaker.ts';
import { addCompletion } from './completion.ts';
import { addDlq } from './dlq.ts';
import { addDoctor } from './doctor.ts';
import { addExecutions } from './executions.ts';
import { EXIT, failureOf, WrongUsage } from './exit.ts';
import { addLogs } from './logs.ts';
import { addOrders } from './orders.ts';
import { addReconcile } from './reconcile.ts';
import { addSession } from './session.ts';
import { addStatus } from './status.ts';
import { addStock } from './stock.ts';

// Whoever reads it, such as head, may have had enough.
process.stdout.on('error', () => process.exit(0));

const isJson = process.argv.includes('--json');

/** The commands. Each noun is a file, which loads what it needs when it is called: the help of all comes at once. */
function program(): Command {
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

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  else {
    const isUsage = error instanceof CommanderError || error instanceof WrongUsage;
    process.exitCode = isUsage ? EXIT.wrongUsage : EXIT.refused;
    const failure = failureOf(error);
    if (isJson) console.log(JSON.stringify({ error: failure }, undefined, 2));
    // Commander has told its own already.
    else if (!(error instanceof CommanderError)) {
      console.error(isUsage ? failure.message : `${failure.code}: ${failure.message}`);
      for (const { pointer, detail } of failure.errors ?? []) console.error(`  ${pointer}: ${detail}`);
    }
  }
}
