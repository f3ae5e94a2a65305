import { parseArgs } from 'node:util';
import { buildApiDocument } from './api-document.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { build, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { checkPort, DEFAULT_PORT, endpointOf } from './mini-stack.ts';
import { runs } from './processes.ts';
import { Failure, main } from './progress.mjs';
import { placeSampleOrder } from './sample-order.ts';
import { SHELL_FILE } from './shell-file.ts';
import { LOCAL_DIR, STACK_FILE, type Stack } from './stack-file.ts';

// npm start [-- --detach] [--port <n>]

main(async () => {
  const { detach, port } = readArguments();
  useOnlyLocalAws(endpointOf(port));
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
  // It takes two seconds, beside the deployment. Nothing depends on it.
  const document = buildApiDocument().catch(() => `not built; the reason is in ${LOCAL_DIR}/api-document.log`);
  const started = build().then(() => startLocalCloud(port));
  await Promise.race([started, interruption]);
  if (interrupted) {
    console.log('\nStopping');
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
  describe(stack, await document);
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
  await interruption;
  clearInterval(watch);
  console.log('\nStopping');
  await stopLocalCloud();
  process.exit(0);
});

function readArguments(): { detach: boolean; port: number } {
  try {
    const { values } = parseArgs({ options: { detach: { type: 'boolean' }, port: { type: 'string' } } });
    const port = Number(values.port ?? process.env.LOCAL_PORT ?? DEFAULT_PORT);
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`${values.port} is not a port`);
    return { detach: values.detach ?? false, port };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\nUsage: npm start [-- [--detach] [--port <number>]]`);
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
