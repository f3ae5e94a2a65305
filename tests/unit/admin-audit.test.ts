import type { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { listAudit } from '../../functions/admin-audit/admin-audit.ts';
import { auditEntry } from '../../functions/shared/operations/audit.ts';

const at = '2026-01-02T03:04:05.678Z';
const entryId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const entry = auditEntry('PRODUCT_CHANGED', 'PROD-001', { operatorId: 'olga', at, entryId });

/** Answers every query with one entry and a next page, and keeps what was asked. */
function table(row: Record<string, unknown> = entry) {
  const asked: QueryCommand['input'][] = [];
  const send = async (command: QueryCommand) => {
    asked.push(command.input);
    return { Items: [row], LastEvaluatedKey: { pk: entry.pk, sk: entry.sk } };
  };
  return { asked, resources: { dynamodb: { send } as unknown as DynamoDBDocumentClient, operationsTable: 'ops' } };
}

test('asks for the newest entries of the one partition in which entries are written', async () => {
  const { asked, resources } = table();
  await listAudit({}, resources);
  expect(asked[0]).toMatchObject({
    ExpressionAttributeValues: { ':audit': entry.pk },
    ScanIndexForward: false,
    Limit: 20,
  });
  expect(asked[0]).not.toHaveProperty('ExclusiveStartKey');
});

test('shows who did what to which and when, and leaves out what else the row holds', async () => {
  const { resources } = table({ ...entry, change: { price: 1 }, result: { replayed: [] } });
  expect((await listAudit({}, resources)).items).toEqual([
    { at, action: 'PRODUCT_CHANGED', target: 'PROD-001', operatorId: 'olga' },
  ]);
  const { resources: withReason } = table({ ...entry, reason: 'a sale' });
  expect((await listAudit({}, withReason)).items).toMatchObject([{ reason: 'a sale' }]);
});

test('goes on where the page before ended', async () => {
  const { asked, resources } = table();
  const { nextToken } = await listAudit({ limit: '1' }, resources);
  await listAudit({ limit: '1', nextToken }, resources);
  expect(asked[1]?.ExclusiveStartKey).toEqual({ pk: 'AUDIT', sk: `${at}#${entryId}` });
});

test.each([['BREAKERS'], [`${at}#x`], [`AUDIT#${at}`]])('refuses a token that leads to %s', async (position) => {
  const { asked, resources } = table();
  const nextToken = Buffer.from(JSON.stringify([position])).toString('base64url');
  await expect(listAudit({ nextToken }, resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(asked).toEqual([]);
});
