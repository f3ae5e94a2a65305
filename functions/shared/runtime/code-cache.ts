/** Whether V8 accepted its cache of a file of the layer. `none` is there when the file has no cache. */
export type CodeCacheState = 'accepted' | 'rejected' | 'none';

const CODE_CACHES = Symbol.for('order-runtime.code-caches');

/**
 * Whether V8 accepted its cache of the layer's core. It rejects one of another V8, and compiles as if there were none,
 * which makes a cold start slower.
 *
 * @returns undefined where the function does not run on the layer, as in tests
 */
export function codeCacheState(): CodeCacheState | undefined {
  const states = (globalThis as { [CODE_CACHES]?: { core?: CodeCacheState } })[CODE_CACHES];
  return states?.core;
}
