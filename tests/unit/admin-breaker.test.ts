import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { closeByOperator } from '../../functions/admin-breaker/admin-breaker.ts';
import type { Breaker } from '../../functions/shared/payments/breaker-state.ts';
import { toBreakerView } from '../../functions/shared/payments/breaker-view.ts';
import { cancelled } from '../support/memory-tables.ts';

const open: Breaker = {
  provider: 'sandbox',
  account: 'a',
  state: 'OPEN',
  failures: 5,
  firstFailureAt: 1,
  until: Date.parse('2026-01-01T00:00:30.000Z'),
  version: 5,
};
const id = { provider: 'sandbox', account: 'a' };
const by = { operatorId: 'op-1', reason: 'a test', at: '2026-01-01T00:00:00.000Z', entryId: 'e-1' };

/** A table that holds one breaker. The first `lost` writes are refused, as if another caller had written before. */
function table(breaker: Breaker | undefined, lost = 0) {
  let writes = 0;
  const send = async (command: unknown) => {
    if (command instanceof GetCommand) return breaker ? { Item: { pk: 'BREAKERS', sk: 'x', ...breaker } } : {};
    writes += 1;
    if (writes <= lost) throw cancelled(['ConditionalCheckFailed', 'None']);
    return {};
  };
  const tables = { dynamodb: { send } as unknown as DynamoDBDocumentClient, operationsTable: 'operations' };
  return { tables, writes: () => writes };
}

describe('closeByOperator', () => {
  test('closes an open breaker', async () => {
    const { tables } = table(open);
    const { breaker, wasClosed } = await closeByOperator(id, by, tables);
    expect({ state: breaker.state, failures: breaker.failures, wasClosed }).toEqual({
      state: 'CLOSED',
      failures: 0,
      wasClosed: true,
    });
  });

  test('reads the breaker again when a payment changed it at the same moment', async () => {
    const { tables, writes } = table(open, 2);
    expect((await closeByOperator(id, by, tables)).wasClosed).toBe(true);
    expect(writes()).toBe(3);
  });

  test('answers TOO_MANY_REQUESTS when the breaker keeps changing', async () => {
    const { tables } = table(open, 100);
    await expect(closeByOperator(id, by, tables)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  test('writes nothing when the breaker is closed already', async () => {
    const { tables, writes } = table({ ...open, state: 'CLOSED' });
    expect((await closeByOperator(id, by, tables)).wasClosed).toBe(false);
    expect(writes()).toBe(0);
  });

  test('answers NOT_FOUND for an account that never failed', async () => {
    await expect(closeByOperator(id, by, table(undefined).tables)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('toBreakerView', () => {
  test('shows the end of the cool-down of an open breaker, and never the version', () => {
    expect(toBreakerView(open)).toEqual({
      provider: 'sandbox',
      account: 'a',
      state: 'OPEN',
      failures: 5,
      until: '2026-01-01T00:00:30.000Z',
    });
    expect(toBreakerView({ ...open, state: 'CLOSED', until: 0 })).not.toHaveProperty('until');
  });
});
