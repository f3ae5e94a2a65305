import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Order } from '../../functions/shared/orders/order.ts';
import { findOrder } from '../../functions/shared/orders/order-table.ts';
import type { Stack } from '../../local/stack-file.ts';
import { checkAnswer } from './openapi.ts';

/**
 * The stack under test: the running local cloud, or any other whose outputs are in the file that STACK_FILE names
 * (what `aws cloudformation describe-stacks --query 'Stacks[0].Outputs'` prints), with API_KEY for its key.
 */
export const stack: Stack = readStack();

export const aws = connection();
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(aws), {
  marshallOptions: { removeUndefinedValues: true },
});
export const sfn = new SFNClient(aws);
export const sqs = new SQSClient(aws);
export const sns = new SNSClient(aws);
export const cognito = new CognitoIdentityProviderClient(aws);

/**
 * Polls until the probe gives something other than undefined or false, and returns that.
 *
 * @param what finishes the sentence "gave up waiting for …"
 * @throws Error at the deadline, saying what the last probe threw if it did
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { seconds = 30, everyMs = 150 }: { seconds?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`gave up waiting for ${what} after ${seconds} s`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON object; anything else is under `text`. */
  body: Record<string, unknown>;
}

/**
 * Calls the API with the stack's key. `body` is sent as JSON, or as it is when it is a string.
 *
 * @throws Error when the answer is not one that docs/openapi.yaml allows, whatever the test looks at
 */
export async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string>; apiKey?: string | null } = {},
): Promise<Answer> {
  const { token, body, apiKey = stack.apiKey } = options;
  const headers: Record<string, string> = { ...options.headers };
  if (apiKey !== null) headers['x-api-key'] ??= apiKey;
  if (token !== undefined) headers.authorization ??= token;
  if (body !== undefined) headers['content-type'] ??= 'application/json';
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // A preflight is the browser's affair and not of the document.
  if (method !== 'OPTIONS') checkAnswer(method, path, { status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, body: readBody(text) };
}

export interface Customer {
  email: string;
  password: string;
  /** The Cognito `sub`. */
  customerId: string;
  idToken: string;
}

/** A confirmed customer of the test's own, logged in. */
export async function makeCustomer(groups: string[] = []): Promise<Customer> {
  const email = `${randomUUID()}@example.com`;
  const password = `Aa1!${randomUUID()}`;
  const user = { UserPoolId: stack.userPoolId, Username: email };
  await cognito.send(
    new AdminCreateUserCommand({
      ...user,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  for (const GroupName of groups) await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName }));
  const idToken = await logIn({ email, password });
  return { email, password, idToken, customerId: String(claims(idToken).sub) };
}

/** An operator of the test's own, logged in. */
export function makeOperator(): Promise<Customer> {
  return makeCustomer(['operators']);
}

/** An ID token, straight from Cognito. */
export async function logIn({ email, password }: { email: string; password: string }): Promise<string> {
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId: stack.userPoolClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  if (!AuthenticationResult?.IdToken) throw new Error(`no ID token for ${email}`);
  return AuthenticationResult.IdToken;
}

export interface ProductRow {
  productId: string;
  name: string;
  /** Minor units. */
  price: number;
  currency: string;
  available: number;
  reserved: number;
  sold: number;
  image?: string;
}

/** A product of the test's own, written straight into the table. */
export async function makeProduct(product: Partial<ProductRow> = {}): Promise<ProductRow> {
  const productId = product.productId ?? `T-${randomUUID()}`;
  const row = {
    name: `Product ${productId}`,
    price: 1250,
    currency: 'USD',
    available: 1000,
    reserved: 0,
    sold: 0,
    ...product,
    productId,
  };
  await dynamodb.send(new PutCommand({ TableName: stack.productsTable, Item: row }));
  return row;
}

export async function readProduct(productId: string): Promise<ProductRow> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.productsTable, Key: { productId }, ConsistentRead: true }),
  );
  if (!Item) throw new Error(`product ${productId} does not exist`);
  return Item as ProductRow;
}

/** A request for an order that is in order. */
export function orderRequest(
  items: { productId: string; quantity: number }[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    items,
    shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
    paymentMethod: 'credit_card',
    ...more,
  };
}

/** Places an order over HTTP, which has to be accepted. */
export async function placeOrder(
  customer: { idToken: string },
  request: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await call('POST', '/orders', { token: customer.idToken, body: request, headers });
  if (answer.status !== 202) throw new Error(`order refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body.orderId);
}

export interface OrderView {
  orderId: string;
  createdAt: string;
  items: { productId: string; name: string; quantity: number; price: number }[];
  /** Decimal, as are the amounts of the payment. */
  totalAmount: number;
  currency: string;
  status: Order['status'];
  payment: { status: string; authorized: number; captured: number; refunded: number };
  error?: { code: string; message: string };
  history: { sequence: number; status: Order['status']; at: string; detail?: string }[];
}

/** The order as the API shows it, which must be there. */
export async function readOrder(customer: { idToken: string }, orderId: string): Promise<OrderView> {
  const answer = await call('GET', `/orders/${orderId}`, { token: customer.idToken });
  if (answer.status !== 200) throw new Error(`order not shown: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as unknown as OrderView;
}

/** The order as the table holds it. */
export async function readOrderRow(orderId: string): Promise<Order> {
  const row = await findOrder(orderId, { dynamodb, ordersTable: stack.ordersTable });
  if (!row) throw new Error(`order ${orderId} does not exist`);
  return row;
}

/** Waits until the order's row has one of these statuses, and returns the row. */
export function waitForStatus(
  orderId: string,
  statuses: Order['status'] | Order['status'][],
  seconds = 60,
): Promise<Order> {
  const wanted = [statuses].flat();
  let seen = 'none';
  return waitFor(
    `order ${orderId} to be ${wanted.join(' or ')}`,
    async () => {
      const row = await readOrderRow(orderId);
      if (row.status !== seen) seen = row.status;
      return wanted.includes(row.status) && row;
    },
    { seconds },
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${seen}`, { cause: error.cause });
  });
}

/** A row of the sandbox provider's ledger. Amounts are minor units. */
export interface PaymentRow {
  paymentId: string;
  orderId: string;
  authorizedAmount: number;
  capturedAmount: number;
  refundedAmount: number;
  voided?: boolean;
  operations: { key: string; kind: string; at: string }[];
}

/** The one payment of an order in the sandbox provider's ledger; undefined when it has never heard of the order. */
export async function readPayment(orderId: string): Promise<PaymentRow | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.paymentsTable, Key: { paymentId: `pay_${orderId}` }, ConsistentRead: true }),
  );
  return Item as PaymentRow | undefined;
}

export interface Inbox {
  /** Every message that has come so far, in the order of arrival. */
  messages(): Promise<{ body: Record<string, unknown>; attributes: Record<string, string> }[]>;
  close(): Promise<void>;
}

/** A queue of the test's own, subscribed to a topic: what a subscriber would get. Close it at the end. */
export async function openInbox(topicArn: string): Promise<Inbox> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `inbox-${randomUUID()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const queueArn = Attributes?.QueueArn;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { RawMessageDelivery: 'true' },
      ReturnSubscriptionArn: true,
    }),
  );

  const arrived: Awaited<ReturnType<Inbox['messages']>> = [];
  return {
    async messages() {
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 3600,
            MessageAttributeNames: ['All'],
          }),
        );
        for (const message of Messages) {
          const attributes = Object.entries(message.MessageAttributes ?? {});
          arrived.push({
            body: JSON.parse(message.Body ?? 'null'),
            attributes: Object.fromEntries(attributes.map(([name, value]) => [name, value.StringValue ?? ''])),
          });
        }
        if (Messages.length === 0) return arrived;
      }
    },
    async close() {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}

/** What a token says, unverified. */
export function claims(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** The JSON object that a text is; anything else is under `text`. */
export function readBody(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // the caller sees it under `text`
  }
  return { text };
}

function connection() {
  const { region, endpoint } = stack;
  if (endpoint === undefined) return { region };
  return { region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

function readStack(): Stack {
  const path = process.env.STACK_FILE ?? '.local/stack.json';
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(content)) return content as Stack;

  const outputs: Record<string, string> = Object.fromEntries(
    content.map(({ OutputKey, OutputValue }: { OutputKey: string; OutputValue: string }) => [OutputKey, OutputValue]),
  );
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`${path} has no output ${name}`);
    return value;
  };
  const account = (who: string) => ({
    email: process.env[`${who}_EMAIL`] ?? '',
    password: process.env[`${who}_PASSWORD`] ?? '',
  });
  return {
    region: output('OrderWorkflowArn').split(':')[3] ?? '',
    apiUrl: output('ApiUrl').replace(/\/$/, ''),
    apiKey: process.env.API_KEY ?? '',
    userPoolId: output('UserPoolId'),
    userPoolClientId: output('UserPoolClientId'),
    mailboxUrl: '',
    storefrontUrl: outputs.StorefrontUrl ?? '',
    customer: account('CUSTOMER'),
    operator: account('OPERATOR'),
    orderQueueUrl: output('OrderQueueUrl'),
    orderDlqUrl: output('OrderDlqUrl'),
    dispatchWorkflowArn: output('DispatchWorkflowArn'),
    orderWorkflowArn: output('OrderWorkflowArn'),
    ordersTable: output('OrdersTableName'),
    productsTable: output('ProductsTableName'),
    paymentsTable: output('PaymentsTableName'),
    notificationsTopicArn: output('NotificationsTopicArn'),
    stackName: process.env.STACK_NAME ?? '',
    operationsTable: output('OperationsTableName'),
    operationsTopicArn: output('OperationsTopicArn'),
    orderPipeName: output('OrderPipeName'),
    outputs,
    functions: {},
  };
}
