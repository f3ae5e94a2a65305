import { executionArnOf } from '../../functions/shared/orders/order-execution.ts';

const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:process-order';
const EXECUTION = 'arn:aws:states:eu-west-1:123456789012:execution:process-order:one';

test('an execution has the ARN of its state machine, whatever it was started through', () => {
  expect(executionArnOf(MACHINE, 'one')).toBe(EXECUTION);
  expect(executionArnOf(`${MACHINE}:live`, 'one')).toBe(EXECUTION);
  expect(executionArnOf(`${MACHINE}:7`, 'one')).toBe(EXECUTION);
});
