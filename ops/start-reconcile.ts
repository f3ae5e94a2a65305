import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { connectionOf } from '../local/function-logs.ts';
import { Failure } from '../local/progress.mjs';
import type { Stack } from '../local/stack-file.ts';

/** What a run did: numbers of orders, notifications and payments, and the parts that it had no time for. */
export type Report = Record<string, number | string[]>;

/**
 * Runs reconcile and waits for what it says. There is no route for it, so that the caller's AWS identity is the one in
 * the audit, which the function writes before it does anything.
 *
 * @throws Failure with what the function said when it failed
 */
export async function startReconcile(
  stack: Stack,
  { parts, orderId, reason }: { parts?: string[] | undefined; orderId?: string | undefined; reason: string },
): Promise<Report> {
  const connection = connectionOf(stack);
  const { Arn: operatorId = 'unknown' } = await new STSClient(connection).send(new GetCallerIdentityCommand({}));
  const lambda = new LambdaClient({ ...connection, requestHandler: { requestTimeout: 320_000 }, maxAttempts: 1 });
  const request = { ...(parts && { parts }), ...(orderId && { orderId }), requestedBy: { operatorId, reason } };
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: stack.functions.ReconcileFunction, Payload: JSON.stringify(request) }),
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
    throw new Failure(`reconcile failed: ${errorType ?? FunctionError}: ${errorMessage ?? ''}`);
  }
  return JSON.parse(text) as Report;
}
