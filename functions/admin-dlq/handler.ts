import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { readLimit } from '../shared/api/page-limit.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { sqs } from '../shared/aws/sqs.ts';
import { type AuditedAction, actingNow, auditEntry, writeAuditEntry } from '../shared/operations/audit.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import {
  type DiscardResult,
  discardDeadLetters,
  inspectDeadLetters,
  type ReplayResult,
  replayDeadLetters,
} from './dead-letters.ts';
import validateDlqDiscard from './dlq-discard.validator.js';
import validateDlqReplay from './dlq-replay.validator.js';

const { ORDER_DLQ_URL, ORDER_QUEUE_URL, OPERATIONS_TABLE } = readEnvironment([
  'ORDER_DLQ_URL',
  'ORDER_QUEUE_URL',
  'OPERATIONS_TABLE',
]);
const deadLetters = { sqs, dlqUrl: ORDER_DLQ_URL, orderQueueUrl: ORDER_QUEUE_URL, now: Date.now };
const SUBJECT = 'orders dead-letter queue';

export const handler = apiHandler((event) => {
  if (event.httpMethod !== 'POST') return inspect(event);
  return event.resource === '/admin/dlq/discard' ? discard(event) : replay(event);
});

async function inspect(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const operatorId = operatorOf(event, 'OPERATE');
  const limit = readLimit(event.queryStringParameters?.limit);
  await writeAudit('DEAD_LETTERS_INSPECTED', operatorId, 'inspection', { limit });
  return { status: 200, body: { items: await inspectDeadLetters(limit, deadLetters) } };
}

async function replay(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const operatorId = operatorOf(event, 'OPERATE');
  const { reason, ...request } = readBody(event, validateDlqReplay);
  // Written before the replay, because both cannot be one transaction and no replay may go unrecorded.
  const key = await writeAudit('DEAD_LETTERS_REPLAYED', operatorId, reason, { ...request });
  const result = await replayDeadLetters(request, deadLetters);
  logger.info('DEAD_LETTERS_REPLAYED', { operatorId, ...result });
  if (result.replayed.length > 0) measure('DeadLettersReplayed', result.replayed.length);
  await writeResult(key, result);
  return { status: 202, body: result };
}

async function discard(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const operatorId = operatorOf(event, 'OPERATE');
  const { reason, ...request } = readBody(event, validateDlqDiscard);
  const key = await writeAudit('DEAD_LETTERS_DISCARDED', operatorId, reason, { ...request });
  const result = await discardDeadLetters(request, deadLetters);
  logger.info('DEAD_LETTERS_DISCARDED', { operatorId, ...result });
  await writeResult(key, result);
  return { status: 200, body: result };
}

/** Adds to an audit entry what came of the act. */
async function writeResult(key: { pk: string; sk: string }, result: ReplayResult | DiscardResult): Promise<void> {
  await dynamodb.send(
    new UpdateCommand({
      TableName: OPERATIONS_TABLE,
      Key: key,
      UpdateExpression: 'SET #result = :result',
      ExpressionAttributeNames: { '#result': 'result' },
      ExpressionAttributeValues: { ':result': result },
    }),
  );
}

async function writeAudit(action: AuditedAction, operatorId: string, reason: string, request: Record<string, unknown>) {
  const entry = auditEntry(action, SUBJECT, actingNow(operatorId, reason));
  await writeAuditEntry({ ...entry, request }, { dynamodb, operationsTable: OPERATIONS_TABLE });
  return { pk: entry.pk, sk: entry.sk };
}
