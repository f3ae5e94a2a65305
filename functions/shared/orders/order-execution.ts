import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { errorName } from '../runtime/error-name.ts';
import type { Order, OrderKey } from './order.ts';

/** The workflow that processes orders, and the client that reaches it. */
export interface OrderWorkflow {
  stepFunctions: Pick<SFNClient, 'send'>;
  workflowArn: string;
}

/** The execution that undoes a completed order. There is one at most, because an undo is never taken back. */
export function cancelExecution(orderId: string): string {
  return `${orderId}-cancel`;
}

/** The nth execution that goes on with an order where another one stopped. */
export function retryExecution(orderId: string, n: number): string {
  return `${orderId}-retry-${n}`;
}

/** The name that `order` gives to the next execution, and the number to record with it. */
export function nextRetry({ orderId, attempts = 0 }: Pick<Order, 'orderId' | 'attempts'>) {
  return { executionId: retryExecution(orderId, attempts + 1), attempts: attempts + 1 };
}

/** The order id in the name of any of an order's executions. */
export function orderIdOf(executionName: string): string {
  return executionName.replace(/-(cancel|retry-\d+)$/, '');
}

/**
 * Starts the execution that the order's row records, by exactly that name: twice is the same as once. An execution
 * that exists, running or ended, is success.
 */
export async function startExecution(
  { stepFunctions, workflowArn }: OrderWorkflow,
  name: string,
  { orderId, createdAt }: OrderKey,
): Promise<void> {
  try {
    await stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: workflowArn, name, input: JSON.stringify({ orderId, createdAt }) }),
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
  order: OrderKey,
): Promise<void> {
  try {
    await startExecution(workflow, name, order);
  } catch (error) {
    onStartFailure(error, name);
  }
}

/** What became of an execution. Its name stays taken for 90 days after its end; then it is MISSING again. */
export type ExecutionState = 'RUNNING' | 'ENDED' | 'MISSING';

/** Asks what became of an execution of the order workflow. */
export async function executionState(
  { stepFunctions, workflowArn }: OrderWorkflow,
  name: string,
): Promise<ExecutionState> {
  const executionArn = `${workflowArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE' ? 'RUNNING' : 'ENDED';
  } catch (error) {
    if (errorName(error) === 'ExecutionDoesNotExist') return 'MISSING';
    throw error;
  }
}
