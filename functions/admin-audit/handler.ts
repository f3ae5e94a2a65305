import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { listAudit } from './admin-audit.ts';

const { OPERATIONS_TABLE } = readEnvironment(['OPERATIONS_TABLE']);
const operations = { dynamodb, operationsTable: OPERATIONS_TABLE };

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  operatorOf(event, 'OPERATE');
  return { status: 200, body: await listAudit(event.queryStringParameters ?? {}, operations) };
});
