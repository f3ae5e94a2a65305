import { parseArgs } from 'node:util';
import { buildApiDocument } from './api-document.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { interruption } from './interruption.ts';
import { build, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { checkPort, endpointOf } from './mini-stack.ts';
import { explainOrder } from './order-failure.ts';
import { portFrom } from './port.mjs';
import { runs } from './processes.ts';
import { endCommands, Failure, main } from './progress.mjs';
import { placeSampleOrder, SampleOrderFailure } from './sample-order.ts';
import { SHELL_FILE } from './shell-file.ts';
import { LOCAL_DIR, STACK_FILE, type Stack } from './stack-file.ts';
import { Watch } from './watch.ts';

// npm start [-- --detach | --watch] [--port <n>]

main(async () => {
  const { detach, port, watch } = readArguments();
  useOnlyLocalAws(endpointOf(port));
  await checkPort(port);

  const interrupted = interruption();
  console.log('Starting the local cloud');
  // It takes two seconds, beside the deployment. Nothing depends on it.
  const document = buildApiDocument().catch(() => `not built; the reason is in ${LOCAL_DIR}/api-document.log`);
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
  const completed = await Promise.race([placeAndExplain(stack), interrupted]);
  if (typeof completed === 'string') {
    console.log(`\n${completed}`);
    await stopLocalCloud();
    process.exit(130);
  }
  describe(stack, await document);
  if (detach) {
    console.log('It keeps running; `npm stop` ends it.');
    process.exit(completed ? 0 : 1);
  }
  const watching = watch ? Watch.start(stack) : undefined;
  watching?.then(
    () => console.log('Watching the sources. It runs until Ctrl-C.'),
    (error: Error) => console.error(`Changes are not seen: ${error.message}`),
  );
  if (!watch) console.log('It runs until Ctrl-C.');
  const health = setInterval(() => {
    if (!runs('ministack')) {
      console.error('\nMiniStack has ended; its log is .local/ministack.log');
      stopLocalCloud().finally(() => process.exit(1));
    }
  }, 1000);
  const end = await interrupted;
  clearInterval(health);
  watching?.then(
    (started) => started.stop(),
    () => {},
  );
  console.log(`\n${end}`);
  await endCommands();
  await stopLocalCloud();
  process.exit(0);
});

/** Whether the sample order completed. When it did not, it says why. The cloud stays up, so that one can look. */
async function placeAndExplain(stack: Stack): Promise<boolean> {
  const since = Date.now();
  try {
    await placeSampleOrder(stack);
    return true;
  } catch (error) {
    if (!(error instanceof SampleOrderFailure)) throw error;
    console.error(`\n${error.message}`);
    for (const line of await explainOrder(stack, error.orderId, since)) console.error(line);
    return false;
  }
}

function readArguments(): { detach: boolean; port: number; watch: boolean } {
  try {
    const { values } = parseArgs({
      options: { detach: { type: 'boolean' }, port: { type: 'string' }, watch: { type: 'boolean' } },
    });
    const { detach = false, watch = false } = values;
    if (detach && watch) throw new Error('--watch says what it does, and so cannot be with --detach');
    return { detach, port: portFrom(process.argv.slice(2)), watch };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\nUsage: npm start [-- [--detach | --watch] [--port <number>]]`);
  }
}

function describe(stack: Stack, document: string): void {
  console.log(`
The local cloud is up. Addresses, keys and passwords are in ${STACK_FILE}; \`. ${SHELL_FILE}\` makes a shell know them.
  API        ${stack.apiUrl}   (x-api-key: ${stack.apiKey})
             described in ${document}
  AWS        ${stack.endpoint}   (for example: aws --endpoint-url ${stack.endpoint} sqs list-queues)
  mailbox    ${stack.mailboxUrl}
  shop       ${stack.storefrontUrl}   (customer: ${stack.customer.email} / ${stack.customer.password})
  desk       ${stack.deskUrl}   (operator: ${stack.operator.email} / ${stack.operator.password})
`);
}
