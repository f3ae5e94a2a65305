import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { aws, stack } from './stack.ts';

const lambda = new LambdaClient(aws);

/**
 * Invokes a deployed function, and returns its result.
 *
 * @throws Error with the function's answer when it fails
 */
export async function invoke(logicalId: string, payload: unknown): Promise<unknown> {
  const FunctionName = stack.functions[logicalId];
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  const text = answer.Payload?.transformToString() ?? '';
  if (answer.FunctionError) throw new Error(`${logicalId} failed: ${text}`);
  return text ? JSON.parse(text) : undefined;
}
