import { orderUpdate, ownedBy } from '../../functions/shared/orders/order-update.ts';

test('builds the write that closes an order to cancels as docs/protocol.md has it', () => {
  expect(
    orderUpdate({
      set: { phase: 'CAPTURING', stock: undefined },
      remove: ['noticeDue'],
      when: { ...ownedBy('order-1'), cancelRequested: [undefined], phase: [undefined, 'CAPTURING'] },
    }),
  ).toEqual({
    UpdateExpression: 'SET #phase = :phase REMOVE #noticeDue',
    ConditionExpression:
      '(#status = :status_was0) AND (#executionId = :executionId_was0)' +
      ' AND (attribute_not_exists(#cancelRequested)) AND (#phase = :phase_was0 OR attribute_not_exists(#phase))',
    ExpressionAttributeNames: {
      '#phase': 'phase',
      '#noticeDue': 'noticeDue',
      '#status': 'status',
      '#executionId': 'executionId',
      '#cancelRequested': 'cancelRequested',
    },
    ExpressionAttributeValues: {
      ':phase': 'CAPTURING',
      ':status_was0': 'PROCESSING',
      ':executionId_was0': 'order-1',
      ':phase_was0': 'CAPTURING',
    },
  });
});
