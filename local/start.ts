import { parseArgs } from 'node:util';
import { build, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { checkPort, DEFAULT_PORT } from './mini-stack.ts';
import { explainOrder } from './order-failure.ts';
import { runs } from './processes.ts';
import { Failure, main } from './progress.mjs';
import { placeSampleOrder, SampleOrderFailure } from './sample-order.ts';
import { STACK_FILE, type Stack } from './stack-file.ts';
import { Watch } from './watch.ts';

// npm start [-- --detach | --watch] [--port <n>]

main(async () => {
  const { detach, port, watch } = readArguments();
  await checkPort(port);

  let interrupted = false;
  const interruption = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        interrupted = true;
        resolve();
      });
    }
  });

  console.log('Starting the local cloud');
  const started = build().then(() => startLocalCloud(port));
  await Promise.race([started, interruption]);
  if (interrupted) {
    console.log('\nStopping');
    await stopLocalCloud();
    process.exit(130);
  }
  const stack = await started;
  const completed = await placeAndExplain(stack);
  describe(stack);
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
  await interruption;
  clearInterval(health);
  watching?.then(
    (started) => started.stop(),
    () => {},
  );
  console.log('\nStopping');
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
    const port = Number(values.port ?? process.env.LOCAL_PORT ?? DEFAULT_PORT);
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`${values.port} is not a port`);
    const { detach = false, watch = false } = values;
    if (detach && watch) throw new Error('--watch says what it does, and so cannot be with --detach');
    return { detach, port, watch };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\nUsage: npm start [-- [--detach | --watch] [--port <number>]]`);
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
