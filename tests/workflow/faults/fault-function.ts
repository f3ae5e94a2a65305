/**
 * Replaces one Task in a test's copy of the state machine. It reads from the plan table what to do for this order, state
 * and attempt: fail, or perform the real step and then fail.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DynamoDBClient,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type FaultEvent, HANG_MS, type PlanRow, planId, type RealCall, type Step } from './fault-plan.ts';

const PLANS = process.env.PLANS_TABLE ?? '';
const once = { maxAttempts: 1 };
const dynamodb = new DynamoDBClient(once);
const lambda = new LambdaClient(once);
const plans = DynamoDBDocumentClient.from(new DynamoDBClient({}));

class NamedError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export async function handler(event: FaultEvent): Promise<unknown> {
  const id = planId(event.orderId, event.state);
  const { plan, attempts = 1 } = await add(id, 'attempts');
  const step: Step = plan?.steps[attempts - 1] ?? plan?.rest ?? { kind: 'pass' };
  switch (step.kind) {
    case 'pass':
      return perform(event.call);
    case 'pause': {
      if (step.at === 'before') await waitForRelease(id);
      const [result] = await Promise.allSettled([perform(event.call)]);
      if (step.at === 'after') await waitForRelease(id);
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    }
    case 'late':
      await waitForRelease(id);
      try {
        return await perform(event.call);
      } finally {
        await add(id, 'landed');
      }
    case 'lose':
      await perform(event.call).catch(() => undefined);
      return fail(step.by);
    default:
      return fail(step);
  }
}

async function fail(step: Extract<Step, { kind: 'throw' | 'exit' | 'hang' }>): Promise<never> {
  if (step.kind === 'exit') process.exit(1);
  if (step.kind === 'hang') await delay(HANG_MS);
  throw new NamedError(step.kind === 'throw' ? step.error : 'HungTooLong', 'a fault of the test');
}

/** Under the names by which Step Functions knows the errors of the three integrations. */
async function perform(call: RealCall): Promise<unknown> {
  if (call.kind === 'updateItem') {
    return renamed('DynamoDB', dynamodb.send(new UpdateItemCommand(call.input as UpdateItemCommandInput)));
  }
  if (call.kind === 'transactWriteItems') {
    const input = call.input as TransactWriteItemsCommandInput;
    return renamed('DynamoDb', dynamodb.send(new TransactWriteItemsCommand(input)));
  }
  const { Payload, FunctionError } = await renamed(
    'Lambda',
    lambda.send(new InvokeCommand({ FunctionName: call.functionName, Payload: JSON.stringify(call.payload) })),
  );
  const result: unknown = JSON.parse(Payload?.transformToString() || 'null');
  if (FunctionError === undefined) return result;
  const { errorType = 'Lambda.Unknown', errorMessage = '' } = result as { errorType?: string; errorMessage?: string };
  throw new NamedError(errorType, errorMessage);
}

async function renamed<T>(service: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new NamedError(`${service}.${error.name}`, error.message);
  }
}

async function add(id: string, counter: 'attempts' | 'waiting' | 'landed'): Promise<PlanRow> {
  const { Attributes } = await plans.send(
    new UpdateCommand({
      TableName: PLANS,
      Key: { id },
      UpdateExpression: 'ADD #counter :one',
      ExpressionAttributeNames: { '#counter': counter },
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return Attributes as PlanRow;
}

/** Tells the test that this attempt is here, and waits until the test lets it go on. */
async function waitForRelease(id: string): Promise<void> {
  await add(id, 'waiting');
  for (;;) {
    const { Item } = await plans.send(new GetCommand({ TableName: PLANS, Key: { id }, ConsistentRead: true }));
    if ((Item as PlanRow | undefined)?.released) return;
    await delay(100);
  }
}
