import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { OrderKey } from '../../../functions/shared/orders/order.ts';
import { aws, dynamodb, sfn, stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Plan, type PlanRow, planId } from './fault-plan.ts';
import { copyWithFaults, type Definition, differences, isAllowedDifference, taskStates } from './machine-copy.ts';
import { zipOf } from './zip.ts';

export interface Run {
  status: ExecutionStatus;
  /** The names of the states entered, in order; a retried Task is entered once. */
  path: string[];
  error?: string;
  /** What each failed attempt ended with. */
  failures: { state: string; error: string }[];
}

/** Makes faults happen on copies of the deployed state machine, from outside of the product. */
export interface FaultBench {
  /** The deployed definition, its substitutions resolved. */
  definition: Definition;
  /**
   * The ARN of a copy with the fault function in place of these Tasks.
   *
   * @param timeouts shortened timeouts by Task
   */
  machine(faulted: string[], timeouts?: Record<string, number>): Promise<string>;
  /** The ARN of a state machine of the test's own making. */
  create(definition: Definition): Promise<string>;
  plan(orderId: string, state: string, plan: Plan): Promise<void>;
  readPlan(orderId: string, state: string): Promise<PlanRow>;
  /** Resolves when an attempt waits for the test, which lets it go on with `release`. */
  waiting(orderId: string, state: string): Promise<void>;
  release(orderId: string, state: string): Promise<void>;
  /** Ends every fault of an order: who waits goes on, and whoever comes later does the real step. */
  heal(orderId: string): Promise<void>;
  /** Starts an execution named by the order, or by `name`, and returns its ARN. */
  start(machineArn: string, order: OrderKey, name?: string): Promise<string>;
  /** Waits until an execution has ended. */
  end(executionArn: string): Promise<Run>;
  close(): Promise<void>;
}

export async function openFaultBench(): Promise<FaultBench> {
  const name = `fault-${randomUUID().slice(0, 8)}`;
  const tables = new DynamoDBClient(aws);
  const iam = new IAMClient(aws);
  const lambda = new LambdaClient(aws);
  const { definition: text, roleArn } = await sfn.send(
    new DescribeStateMachineCommand({ stateMachineArn: stack.orderWorkflowArn }),
  );
  const definition = JSON.parse(text ?? '') as Definition;

  await tables.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client: tables, maxWaitTime: 60 }, { TableName: name });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document({ Principal: LAMBDA, ...ASSUME }) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: name,
      PolicyDocument: document({
        Action: ['lambda:InvokeFunction', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
        Resource: '*',
      }),
    }),
  );
  const { FunctionArn: faultFunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Code: { ZipFile: zipOf('index.js', bundle(join(__dirname, 'fault-function.ts'))) },
      Timeout: 150,
      MemorySize: 512,
      Environment: { Variables: { PLANS_TABLE: name } },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });

  const machines = new Map<string, Promise<string>>();
  function createMachine(faulted: string[], timeouts: Record<string, number>): Promise<string> {
    const copy = copyWithFaults(definition, { faulted, faultFunctionArn, timeouts });
    const unexpected = differences(definition, copy).filter((path) => !isAllowedDifference(path, faulted));
    if (unexpected.length > 0) throw new Error(`the copy differs at ${unexpected.join(', ')}`);
    return create(copy);
  }

  async function create(machine: Definition): Promise<string> {
    const { stateMachineArn = '' } = await sfn.send(
      new CreateStateMachineCommand({
        name: `${name}-${randomUUID().slice(0, 8)}`,
        definition: JSON.stringify(machine),
        roleArn,
        type: 'STANDARD',
      }),
    );
    return stateMachineArn;
  }

  async function readPlan(orderId: string, state: string): Promise<PlanRow> {
    const id = planId(orderId, state);
    const { Item } = await dynamodb.send(new GetCommand({ TableName: name, Key: { id }, ConsistentRead: true }));
    return (Item as PlanRow | undefined) ?? { id };
  }

  return {
    definition,
    machine(faulted, timeouts = {}) {
      const key = JSON.stringify([faulted.toSorted(), timeouts]);
      const known = machines.get(key) ?? createMachine(faulted, timeouts);
      machines.set(key, known);
      return known;
    },
    create(machine) {
      const created = create(machine);
      machines.set(randomUUID(), created);
      return created;
    },
    async plan(orderId, state, plan) {
      await dynamodb.send(new PutCommand({ TableName: name, Item: { id: planId(orderId, state), plan } }));
    },
    readPlan,
    async waiting(orderId, state) {
      await waitFor(
        `${state} of ${orderId} to be reached`,
        async () => {
          const { waiting = 0 } = await readPlan(orderId, state);
          return waiting > 0;
        },
        DEADLINE,
      );
    },
    async release(orderId, state) {
      await dynamodb.send(
        new UpdateCommand({
          TableName: name,
          Key: { id: planId(orderId, state) },
          UpdateExpression: 'SET released = :true',
          ExpressionAttributeValues: { ':true': true },
        }),
      );
    },
    async heal(orderId) {
      for (const state of taskStates(definition)) {
        await dynamodb.send(
          new UpdateCommand({
            TableName: name,
            Key: { id: planId(orderId, state) },
            UpdateExpression: 'SET released = :true REMOVE #plan',
            ExpressionAttributeNames: { '#plan': 'plan' },
            ExpressionAttributeValues: { ':true': true },
          }),
        );
      }
    },
    async start(stateMachineArn, { orderId, createdAt }, executionName = orderId) {
      const { executionArn = '' } = await sfn.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: executionName,
          input: JSON.stringify({ orderId, createdAt }),
        }),
      );
      return executionArn;
    },
    end: endOfExecution,
    async close() {
      for (const machine of machines.values()) {
        await sfn.send(new DeleteStateMachineCommand({ stateMachineArn: await machine }));
      }
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: name }));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
      await tables.send(new DeleteTableCommand({ TableName: name }));
    },
  };
}

/** The execution of this name of the deployed order workflow. */
export function deployedExecution(name: string): string {
  return `${stack.orderWorkflowArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Waits until an execution, which may still have to be started, has ended. */
export async function endOfExecution(executionArn: string): Promise<Run> {
  const { status, error } = await waitFor(
    `${executionArn} to end`,
    async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status !== 'RUNNING' && execution;
    },
    DEADLINE,
  );
  const run: Run = { status: status ?? 'FAILED', path: [], failures: [], ...(error !== undefined && { error }) };
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
    );
    for (const { stateEnteredEventDetails: entered, taskFailedEventDetails: failed } of page.events ?? []) {
      if (entered?.name) run.path.push(entered.name);
      if (failed) run.failures.push({ state: run.path.at(-1) ?? '', error: failed.error ?? '' });
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return run;
}

/** Every step of a run is an execution of its own process on a machine that runs many at once. */
const DEADLINE = { seconds: 150, everyMs: 250 };

const LAMBDA = { Service: 'lambda.amazonaws.com' };
const ASSUME = { Action: 'sts:AssumeRole' };

function document(statement: Record<string, unknown>): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

/** One CommonJS file, as the deployed functions are. */
function bundle(entry: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'fault-function-'));
  try {
    const outfile = join(directory, 'index.js');
    execFileSync(
      require.resolve('esbuild/bin/esbuild'),
      [
        entry,
        '--bundle',
        '--platform=node',
        '--target=node24',
        '--format=cjs',
        '--minify',
        '--log-level=error',
        `--outfile=${outfile}`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return readFileSync(outfile);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
