import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { actingNow, auditEntry, writeAuditEntry } from '../shared/operations/audit.ts';
import { reportBreaker } from '../shared/payments/breaker-report.ts';
import { listBreakers } from '../shared/payments/breaker-store.ts';
import { toBreakerView } from '../shared/payments/breaker-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { closeByOperator } from './admin-breaker.ts';
import validateBreakerClose from './breaker-close.validator.js';

const { OPERATIONS_TABLE, BREAKER_PROVIDER } = readEnvironment(['OPERATIONS_TABLE', 'BREAKER_PROVIDER']);
const operations = { dynamodb, operationsTable: OPERATIONS_TABLE };

export const handler = apiHandler((event) => (event.httpMethod === 'POST' ? close(event) : inspect(event)));

async function inspect(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const by = actingNow(operatorOf(event, 'OPERATE'), 'inspection');
  await writeAuditEntry(auditEntry('BREAKERS_INSPECTED', 'circuit breakers', by), operations);
  const breakers = await listBreakers(operations);
  return { status: 200, body: { items: breakers.map(toBreakerView) } };
}

async function close(event: APIGatewayProxyEvent): Promise<ApiAnswer> {
  const operatorId = operatorOf(event, 'OPERATE');
  const { account, provider = BREAKER_PROVIDER, reason } = readBody(event, validateBreakerClose);
  const by = actingNow(operatorId, reason);
  const { breaker, wasClosed } = await closeByOperator({ provider, account }, by, operations);
  if (wasClosed) reportBreaker(breaker, operatorId);
  // 202 and not 200: containers that read the breaker a moment ago go on using what they read for some seconds.
  return { status: 202, body: toBreakerView(breaker) };
}
