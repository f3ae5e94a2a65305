import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/**
 * Writes the token for the next page of a listing.
 *
 * @param listing what is listed and for whom, such as `customer:<id>`. It is not in the token. The reader states it
 * again, from what it knows about the caller, so that a token works only in the listing that it came from.
 * @param position where the page ended in that listing.
 */
export function writePageToken(listing: string, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([checksum(listing, position), ...position])).toString('base64url');
}

/**
 * Reads the position from a page token.
 *
 * @param size how many parts a position of this listing has.
 * @throws Problem VALIDATION_FAILED when the token was not written for this listing.
 */
export function readPageToken(listing: string, token: string, size: number): string[] {
  const position = parse(token)?.slice(1) ?? [];
  // The token is written again and compared as text, because several base64 texts decode to the same bytes.
  if (position.length !== size || token !== writePageToken(listing, position)) {
    throw new Problem('VALIDATION_FAILED', 'the page token does not belong to this list', {
      errors: [{ pointer: '/nextToken', detail: 'must be the nextToken of the previous page' }],
    });
  }
  return position;
}

function parse(token: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

// Detects an edited token and a token of another listing. Security does not depend on it: a token grants no access.
function checksum(listing: string, position: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([listing, ...position]))
    .digest('base64url')
    .slice(0, 16);
}
