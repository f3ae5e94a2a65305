import { AdminGetUserCommand, ForgotPasswordCommand } from '@aws-sdk/client-cognito-identity-provider';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createOrder } from '../../functions/create-order/create-order.ts';
import { CLIENT_SETTINGS } from '../../functions/shared/aws/client-settings.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { type SilentServer, silentServer } from '../support/silent-server.ts';
import { template } from '../template/template.ts';

type Service = keyof typeof CLIENT_SETTINGS;

/** One call of each client, exactly as the functions make the client. Loaded only when the server's address is known. */
const CALLS: Record<Service, () => Promise<() => Promise<unknown>>> = {
  cognito: async () => {
    const { cognito } = await import('../../functions/shared/aws/cognito.ts');
    return () => cognito.send(new ForgotPasswordCommand({ ClientId: 'client', Username: 'a@shop.example' }));
  },
  cognitoInTrigger: async () => {
    const { cognitoInTrigger } = await import('../../functions/shared/aws/cognito-in-trigger.ts');
    return () => cognitoInTrigger.send(new AdminGetUserCommand({ UserPoolId: 'eu-west-1_pool', Username: 'a' }));
  },
  dynamodb: async () => {
    const { dynamodb } = await import('../../functions/shared/aws/dynamodb.ts');
    return () => dynamodb.send(new GetCommand({ TableName: 'orders', Key: { orderId: 'o' } }));
  },
  eventBridge: async () => {
    const { eventBridge } = await import('../../functions/shared/aws/eventbridge.ts');
    const entry = { Source: 'order-processing', DetailType: 'OrderPlaced', Detail: '{}' };
    return () => eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  },
  lambda: async () => {
    const { lambda } = await import('../../functions/shared/aws/lambda.ts');
    return () => lambda.send(new InvokeCommand({ FunctionName: 'notify' }));
  },
  s3: async () => {
    const { s3 } = await import('../../functions/shared/aws/s3.ts');
    return () => s3.send(new GetObjectCommand({ Bucket: 'images', Key: 'incoming/p/u' }));
  },
  secretsManager: async () => {
    await import('@aws-sdk/client-secrets-manager');
    const { readStripeKey } = await import('../../functions/shared/payments/providers/stripe-access.ts');
    // The port's error holds what the client threw.
    return () => readStripeKey('stripe-api-key').catch((error: Error) => Promise.reject(error.cause));
  },
  ses: async () => {
    const { ses } = await import('../../functions/shared/aws/ses.ts');
    return () => ses.send(new SendEmailCommand({ FromEmailAddress: 'shop@shop.example', Content: {} }));
  },
  sms: async () => {
    const { smsSns } = await import('../../functions/shared/aws/sns-sms.ts');
    return () => smsSns.send(new PublishCommand({ PhoneNumber: '+12015550123', Message: 'm' }));
  },
  sns: async () => {
    const { sns } = await import('../../functions/shared/aws/sns.ts');
    return () => sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-west-1:123456789012:t', Message: 'm' }));
  },
  sqs: async () => {
    const { sqs } = await import('../../functions/shared/aws/sqs.ts');
    return () => sqs.send(new SendMessageCommand({ QueueUrl: `${server.url}/123456789012/orders`, MessageBody: '{}' }));
  },
  stepFunctions: async () => {
    const { stepFunctions } = await import('../../functions/shared/aws/step-functions.ts');
    return () => stepFunctions.send(new StartExecutionCommand({ stateMachineArn: 'arn:aws:states:eu-west-1:1:m' }));
  },
};

/** What the comment in client-settings.ts promises for a whole call. */
const budgetMs = (service: Service) => {
  const { maxAttempts, requestHandler } = CLIENT_SETTINGS[service];
  return maxAttempts * requestHandler.requestTimeout + 100;
};
/** What a busy machine may add to it. */
const LATE_MS = 1000;
const LONGEST_MS = Math.max(...(Object.keys(CLIENT_SETTINGS) as Service[]).map(budgetMs));

const ENVIRONMENT = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

let server: SilentServer;
const before = { ...process.env };
beforeAll(async () => {
  server = await silentServer();
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: server.url });
});
afterAll(async () => {
  process.env = before;
  await server.close();
});

test(
  'every client gives up on a server that accepts and never answers, within its budget',
  async () => {
    const services = Object.keys(CALLS) as Service[];
    const calls = await Promise.all(services.map(async (service) => ({ service, send: await CALLS[service]() })));
    const outcomes = await Promise.all(
      calls.map(async ({ service, send }) => {
        const started = Date.now();
        const gaveUp = await Promise.race([
          send().then(
            () => 'an answer',
            (error: Error) => error.name,
          ),
          deadline(budgetMs(service) + LATE_MS),
        ]);
        return {
          service,
          gaveUp,
          waited: Date.now() - started >= CLIENT_SETTINGS[service].requestHandler.requestTimeout,
        };
      }),
    );
    expect(outcomes).toEqual(Object.keys(CALLS).map((service) => ({ service, gaveUp: 'TimeoutError', waited: true })));
    const attempts = Object.values(CLIENT_SETTINGS).reduce((sum, { maxAttempts }) => sum + maxAttempts, 0);
    expect(server.connections()).toBe(attempts);
  },
  LONGEST_MS + 15_000,
);

test('an order whose queue never answers is accepted within the time of create-order', async () => {
  const { sqs } = await import('../../functions/shared/aws/sqs.ts');
  const tables = new MemoryTables({
    orders: [],
    operations: [],
    products: [{ productId: 'P', name: 'Widget', price: 1999, currency: 'USD', available: 9, reserved: 0, sold: 0 }],
  });
  const started = Date.now();
  const created = await createOrder(
    {
      request: {
        items: [{ productId: 'P', quantity: 1 }],
        shippingAddress: { street: 'a', city: 'b', state: 'c', zipCode: 'd' },
        paymentMethod: 'credit_card',
      },
      customerId: 'alice',
      now: new Date().toISOString(),
    },
    {
      dynamodb: tables.client,
      ordersTable: 'orders',
      productsTable: 'products',
      operationsTable: 'operations',
      caps: { maxOpenOrders: 20, maxOrdersPerHour: 60, maxDeclinesPerHour: 10 },
      sqs,
      orderQueueUrl: `${server.url}/123456789012/orders`,
    },
  );
  expect(created.order.status).toBe('PENDING');
  expect(created.sendError?.name).toBe('TimeoutError');
  // At most five calls of DynamoDB, one after the other, come before the message. All has to fit into the function's time.
  expect(Date.now() - started + 5 * budgetMs('dynamodb')).toBeLessThan(timeoutOf('CreateOrderFunction') * 1000);
}, 15_000);

/** In seconds. */
function timeoutOf(id: string): number {
  return Number(template.Resources[id]?.Properties.Timeout ?? template.Globals.Function.Timeout);
}

function deadline(ms: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('nothing within its budget'), ms).unref();
  });
}
