import { Problem } from './problem.ts';

/**
 * Reads the Idempotency-Key header.
 *
 * @returns undefined when the header is absent.
 * @throws Problem VALIDATION_FAILED when it does not have 1 to 255 printable characters. An empty key is refused too,
 * because to treat it as absent would drop the protection that the client asked for.
 */
export function readIdempotencyKey(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const key = value.trim();
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem('VALIDATION_FAILED', 'the Idempotency-Key must have 1 to 255 printable ASCII characters', {
    errors: [{ pointer: '/Idempotency-Key', detail: 'must have 1 to 255 printable ASCII characters' }],
  });
}
