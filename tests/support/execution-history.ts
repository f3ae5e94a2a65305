import { DescribeExecutionCommand, type ExecutionStatus, GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { sfn } from './stack.ts';

/** A stay in a state, as Step Functions itself tells it. */
export interface ToldVisit {
  name: string;
  /** How often its work was started. */
  attempts: number;
  /** The names of the errors that its attempts met, in order. */
  errors: string[];
  /** The last thing that happened in it was an error. */
  failed: boolean;
}

/** Reads the history of an execution that has ended, without the product's code, oldest first. */
export async function historyOf(executionArn: string): Promise<{ status: ExecutionStatus; visits: ToldVisit[] }> {
  const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  if (status === undefined || status === 'RUNNING') throw new Error(`${executionArn} is ${status}`);
  const visits: ToldVisit[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
    );
    for (const { type = '', stateEnteredEventDetails: entered, ...event } of page.events ?? []) {
      if (entered?.name) visits.push({ name: entered.name, attempts: 0, errors: [], failed: false });
      const visit = visits.at(-1);
      if (!visit || type.startsWith('Execution')) continue;
      const failure =
        event.taskFailedEventDetails ?? event.taskTimedOutEventDetails ?? event.evaluationFailedEventDetails;
      if (type === 'TaskScheduled') visit.attempts += 1;
      if (type === 'TaskSucceeded') visit.failed = false;
      if (failure) {
        visit.failed = true;
        visit.errors.push(failure.error ?? '');
      }
    }
    nextToken = page.nextToken;
  } while (nextToken);
  return { status, visits };
}
