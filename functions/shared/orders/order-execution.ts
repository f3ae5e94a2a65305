import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type ExecutionStatus,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { errorName } from '../runtime/error-name.ts';
import type { Order, OrderKey } from './order.ts';

/** The workflow that processes orders, and the client that reaches it. */
export interface OrderWorkflow {
  stepFunctions: Pick<SFNClient, 'send'>;
  /** The ARN of the state machine, or of its alias. Whatever starts executions needs the alias. */
  workflowArn: string;
}

/** The input of an execution. One that an older release started has no correlation id. */
export type ExecutionInput = OrderKey & Pick<Order, 'correlationId'>;

/** The name of the execution that cancels a completed order. An order has at most one, as its compensation is final. */
export function cancelExecution(orderId: string): string {
  return `${orderId}-cancel`;
}

/** The name of the nth execution that resumes an order. */
export function retryExecution(orderId: string, n: number): string {
  return `${orderId}-retry-${n}`;
}

/** The name of the execution that resumes the order next, and the number to record with it. */
export function nextRetry({ orderId, attempts = 0 }: Pick<Order, 'orderId' | 'attempts'>) {
  return { executionId: retryExecution(orderId, attempts + 1), attempts: attempts + 1 };
}

/** The names of all executions that an order may have had, in no order of time. Some may never have been started. */
export function executionNames({
  orderId,
  attempts = 0,
  cancelRequested,
}: Pick<Order, 'orderId' | 'attempts' | 'cancelRequested'>): string[] {
  const retries = Array.from({ length: attempts }, (_, index) => retryExecution(orderId, index + 1));
  return [orderId, ...(cancelRequested ? [cancelExecution(orderId)] : []), ...retries];
}

/** The order id in the name of any of an order's executions. */
export function orderIdOf(executionName: string): string {
  return executionName.replace(/-(cancel|retry-\d+)$/, '');
}

/**
 * Starts the execution that the order's row records, under exactly that name. It may be called twice: an execution of
 * that name that already runs or has ended counts as started.
 *
 * @throws what Step Functions throws otherwise.
 */
export async function startExecution(
  { stepFunctions, workflowArn }: OrderWorkflow,
  name: string,
  { orderId, createdAt, correlationId }: ExecutionInput,
): Promise<void> {
  const input: ExecutionInput = { orderId, createdAt, ...(correlationId !== undefined && { correlationId }) };
  try {
    await stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: workflowArn, name, input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (errorName(error) !== 'ExecutionAlreadyExists') throw error;
  }
}

/** What starts the execution that an order records. */
export interface ExecutionStarter {
  workflow: OrderWorkflow;
  /** Called when the execution could not be started now. `reconcile` starts it later, by the recorded name. */
  onStartFailure: (error: unknown, executionId: string) => void;
}

/** As `startExecution`, but a failure is reported and not thrown. */
export async function tryStartExecution(
  { workflow, onStartFailure }: ExecutionStarter,
  name: string,
  order: ExecutionInput,
): Promise<void> {
  try {
    await startExecution(workflow, name, order);
  } catch (error) {
    onStartFailure(error, name);
  }
}

/** The state of an execution. Step Functions keeps an ended one for 90 days. After that it is MISSING. */
export type ExecutionState = 'RUNNING' | 'ENDED' | 'MISSING';

/** Asks for the state of an execution of the order workflow. */
export async function executionState(
  { stepFunctions, workflowArn }: OrderWorkflow,
  name: string,
): Promise<ExecutionState> {
  const execution = await describeExecution({ stepFunctions, workflowArn }, name);
  if (!execution) return 'MISSING';
  return isRunning(execution.status) ? 'RUNNING' : 'ENDED';
}

/** The name of an alias is no part of the ARN of an execution that was started through it. */
export function executionArnOf(workflowArn: string, name: string): string {
  const [machine] = workflowArn.match(/^(?:[^:]*:){6}[^:]+/) ?? [workflowArn];
  return `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Describes an execution of the order workflow. Undefined when it was never started, or ended over 90 days ago. */
export async function describeExecution(
  { stepFunctions, workflowArn }: OrderWorkflow,
  name: string,
): Promise<DescribeExecutionCommandOutput | undefined> {
  const executionArn = executionArnOf(workflowArn, name);
  try {
    return await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (errorName(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Whether an execution with this status goes on. One that waits for its redrive does. */
export function isRunning(status: ExecutionStatus | undefined): boolean {
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}
