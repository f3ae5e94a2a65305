import { createHash } from 'node:crypto';

/**
 * The hash by which a repeated request is recognised. The order of an object's members and the notation of a number do
 * not change it. The order of a list does.
 */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, sortMembers)).digest('hex');
}

function sortMembers(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
