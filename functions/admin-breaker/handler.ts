import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { auditEntry } from '../shared/operations/audit.ts';
import { reportBreaker } from '../shared/payments/breaker-report.ts';
import { listBreakers } from '../shared/payments/breaker-store.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { closeByOperator, toBreakerView } from './admin-breaker.ts';
import validateBreakerClose from './breaker-close.validator.js';

const { OPERATIONS_TABLE, BREAKER_PROVIDER } = readEnvironment(['OPERATIONS_TABLE', 'BREAKER_PROVIDER']);

export const handler = apiHandler((event) => (event.httpMethod === 'POST' ? close(event) : inspect(event)));

async function inspect(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const by = actor(operatorOf(event), 'inspection');
  const entry = auditEntry('BREAKERS_INSPECTED', 'circuit breakers', by);
  await dynamodb.send(new PutCommand({ TableName: OPERATIONS_TABLE, Item: entry }));
  const breakers = await listBreakers(dynamodb, OPERATIONS_TABLE);
  return { status: 200, body: { items: breakers.map(toBreakerView) } };
}

async function close(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const operatorId = operatorOf(event);
  const { account, provider = BREAKER_PROVIDER, reason } = readBody(event, validateBreakerClose);
  const { breaker, wasClosed } = await closeByOperator({ provider, account }, actor(operatorId, reason), {
    dynamodb,
    operationsTable: OPERATIONS_TABLE,
  });
  if (wasClosed) reportBreaker(breaker);
  // Accepted and not done: containers that read it a moment ago trust that for some seconds.
  return { status: 202, body: toBreakerView(breaker) };
}

function actor(operatorId: string, reason: string) {
  return { operatorId, reason, at: new Date().toISOString(), entryId: randomUUID() };
}
