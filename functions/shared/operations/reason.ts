import { Problem } from '../api/problem.ts';
import { text } from '../api/text.ts';

/** The reason that an operator gives. It is kept in the audit. */
export const reasonSchema = text(500);

/**
 * Reads the reason from a query string, where it may be absent.
 *
 * @throws Problem VALIDATION_FAILED when it is not a text as in a body.
 */
export function readReason(value: string | undefined): string | undefined {
  const { maxLength, pattern } = reasonSchema;
  if (value === undefined || (value !== '' && value.length <= maxLength && new RegExp(pattern, 'u').test(value))) {
    return value;
  }
  throw new Problem('VALIDATION_FAILED', 'the reason is not valid', {
    errors: [{ pointer: '/reason', detail: `must be a text of at most ${maxLength} characters` }],
  });
}
