import { ALLOWED_PREVIOUS, ORDER_STATUSES, OUTCOMES } from '../../functions/shared/orders/order.ts';
import { statusChange } from '../../functions/shared/orders/status-change.ts';

const AT = '2025-03-06T16:30:00.000Z';
const reachable = ORDER_STATUSES.filter((status) => status !== 'PENDING');

/** The statuses that a condition allows, read back from its values. */
function admitted({ ConditionExpression, ExpressionAttributeValues }: ReturnType<typeof statusChange>) {
  const [clause] = /\([^)]*#status = [^)]*\)/.exec(ConditionExpression) ?? [''];
  return [...clause.matchAll(/#status = (:\w+)/g)].map(([, value]) => ExpressionAttributeValues[value ?? '']);
}

test.each(reachable)('allows %s only after a status that may come before it', (to) => {
  expect(admitted(statusChange({ to, at: AT }))).toEqual([...ALLOWED_PREVIOUS[to]]);
});

test.each(reachable)('appends the history entry of %s in the same write', (to) => {
  const write = statusChange({ to, at: AT, detail: 'why' });
  expect(write.UpdateExpression).toContain('#history = list_append(#history, :history)');
  expect(write.ExpressionAttributeValues[':history']).toEqual([{ status: to, at: AT, detail: 'why' }]);
  expect(write.ExpressionAttributeValues[':status']).toBe(to);
});

test.each(reachable)('makes a notification due for %s if, and only if, it is an outcome', (to) => {
  const { ExpressionAttributeValues } = statusChange({ to, at: AT });
  expect(ExpressionAttributeValues[':noticeDue']).toBe(OUTCOMES.some((one) => one === to) ? AT : undefined);
});

test('can narrow the previous statuses to those of one writer', () => {
  expect(admitted(statusChange({ to: 'PROCESSING', from: ['COMPLETED'], at: AT }))).toEqual(['COMPLETED']);
});
