import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/**
 * Writes the token for the next page of a listing.
 *
 * @param listing what is listed and for whom, such as `customer:<id>`. It is not in the token: the reader states it
 * again from what it knows about its caller, so that a token cannot lead out of the listing that it came from.
 * @param position where the page ended, within that listing.
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
  // Written again and compared as text, because base64 reads more than one text as the same bytes.
  if (position.length !== size || token !== writePageToken(listing, position)) {
    throw new Problem('VALIDATION_FAILED', 'the page token is not one that this listing gave out', {
      errors: [{ pointer: '/nextToken', detail: 'must be the nextToken of the page before' }],
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

// It tells an edited or misplaced token from a good one; that a token grants nothing does not rest on it.
function checksum(listing: string, position: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([listing, ...position]))
    .digest('base64url')
    .slice(0, 16);
}
