import { isNamed } from '../runtime/error-name.ts';
import { measure } from '../runtime/metrics.ts';

/**
 * The errors with which a step tells the workflow how the order goes on. Lambda counts them as failures of the function,
 * so that the alarm on failed steps takes them off.
 */
export const EXPECTED_ERRORS = [
  'OrderCancelRequested',
  'OrderClosed',
  'OrderNotMine',
  'OrderUndoing',
  'OutOfStock',
  'PaymentClosed',
  'PaymentDeclined',
  'PaymentUnavailable',
] as const;

/** Counts an error that a step is about to throw, if it is one of those. */
export function countExpectedError(error: unknown): void {
  if (isNamed(error, EXPECTED_ERRORS)) measure('ExpectedStepErrors', 1);
}
