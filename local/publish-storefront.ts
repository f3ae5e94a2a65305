import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { buildStorefront } from './build-storefront.ts';
import { describeStack } from './described-stack.ts';
import { REGION, ROOT } from './mini-stack.ts';
import { Failure, main } from './progress.mjs';
import type { Connection } from './seed.ts';
import { publishStorefront, siteOfStack } from './storefront-site.ts';

// npm run storefront:deploy -- --stack <name> [--stripe-publishable-key <key>] [--endpoint <address of an emulator>]
main(async () => {
  const { values } = readArguments();
  const connection = (
    values.endpoint === undefined ? {} : { endpoint: values.endpoint, region: REGION, credentials: ROOT }
  ) as Connection;
  // Says in one line when nothing answers.
  await describeStack(values.stack, new CloudFormationClient(connection));
  const site = await siteOfStack(values.stack, connection, values['stripe-publishable-key']).catch((error: Error) => {
    throw new Failure(error.message);
  });
  await buildStorefront();
  await publishStorefront(site, connection);
  console.log(`The storefront is at ${site.url}, and the operators' desk at ${site.url}/desk.`);
});

function readArguments() {
  const usage =
    'Usage: npm run storefront:deploy -- --stack <name> [--stripe-publishable-key <key>] [--endpoint <address>]';
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: 'string' },
        endpoint: { type: 'string' },
        'stripe-publishable-key': { type: 'string' },
      },
    });
    const { stack } = values;
    if (stack === undefined) throw new Error('Which stack?');
    return { values: { ...values, stack } };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n${usage}`);
  }
}
