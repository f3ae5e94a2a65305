import { errorName } from '../runtime/error-name.ts';
import { Problem } from './problem.ts';

/**
 * Writes the token for the next page of a listing.
 *
 * @param position where the page ended, in the sort order of its listing. Whose listing it is must not be in it: the
 * reader knows that from the caller, so that a token can never lead into a listing of somebody else.
 */
export function writePageToken(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * Reads the position from a page token. Anybody can write a token, so that each part is checked before it goes into a
 * query. A token grants no access: one that was made up starts the caller's own listing somewhere else.
 *
 * @param shapes what each part of a position looks like.
 * @throws Problem VALIDATION_FAILED when the token has another form.
 */
export function readPageToken(token: string, shapes: readonly RegExp[]): string[] {
  const position = parse(token);
  if (position?.length !== shapes.length || !shapes.every((shape, index) => shape.test(position[index] ?? ''))) {
    throw notAToken();
  }
  return position;
}

/**
 * Makes the query of a page. The database may refuse a position that has the right form and is in no page.
 *
 * @throws Problem VALIDATION_FAILED instead of DynamoDB's ValidationException, when there is a position.
 */
export async function queryFrom<Answer>(
  position: readonly string[] | undefined,
  query: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await query();
  } catch (error) {
    if (position !== undefined && errorName(error) === 'ValidationException') throw notAToken();
    throw error;
  }
}

function parse(token: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

const notAToken = () =>
  new Problem('VALIDATION_FAILED', 'the page token does not belong to this list', {
    errors: [{ pointer: '/nextToken', detail: 'must be the nextToken of the previous page' }],
  });
