import { parseArgs } from 'node:util';
import { interruption } from './interruption.ts';
import { build, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { checkPort } from './mini-stack.ts';
import { portFrom } from './port.mjs';
import { runs } from './processes.ts';
import { endCommands, Failure, main } from './progress.mjs';
import { placeSampleOrder } from './sample-order.ts';
import { STACK_FILE, type Stack } from './stack-file.ts';

// npm start [-- --detach] [--port <n>]

main(async () => {
  const { detach, port } = readArguments();
  await checkPort(port);

  const interrupted = interruption();
  console.log('Starting the local cloud');
  const started = build().then(() => startLocalCloud(port));
  const why = await Promise.race([started.then(() => undefined), interrupted]);
  if (why !== undefined) {
    console.log(`\n${why}`);
    await endCommands();
    await stopLocalCloud();
    // A step that was between two commands may have started something meanwhile.
    await started.catch(() => undefined);
    await stopLocalCloud();
    process.exit(130);
  }
  const stack = await started;
  try {
    await placeSampleOrder(stack);
  } catch (error) {
    await stopLocalCloud();
    throw error;
  }
  describe(stack);
  if (detach) {
    console.log('It keeps running; `npm stop` ends it.');
    process.exit(0);
  }
  console.log('It runs until Ctrl-C.');
  const watch = setInterval(() => {
    if (!runs('ministack')) {
      console.error('\nMiniStack has ended; its log is .local/ministack.log');
      stopLocalCloud().finally(() => process.exit(1));
    }
  }, 1000);
  const end = await interrupted;
  clearInterval(watch);
  console.log(`\n${end}`);
  await stopLocalCloud();
  process.exit(0);
});

function readArguments(): { detach: boolean; port: number } {
  try {
    const { values } = parseArgs({ options: { detach: { type: 'boolean' }, port: { type: 'string' } } });
    return { detach: values.detach ?? false, port: portFrom(process.argv.slice(2)) };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\nUsage: npm start [-- [--detach] [--port <number>]]`);
  }
}

function describe(stack: Stack): void {
  console.log(`
The local cloud is up. Addresses, keys and passwords are in ${STACK_FILE}.
  API        ${stack.apiUrl}   (x-api-key: ${stack.apiKey})
  AWS        ${stack.endpoint}   (for example: aws --endpoint-url ${stack.endpoint} sqs list-queues)
  mailbox    ${stack.mailboxUrl}
  shop       ${stack.storefrontUrl}   (customer: ${stack.customer.email} / ${stack.customer.password})
  desk       ${stack.deskUrl}   (operator: ${stack.operator.email} / ${stack.operator.password})
`);
}
