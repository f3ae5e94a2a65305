/** In the layer, the global `crypto` is the module: its randomUUID needs no web crypto. */
export * as crypto from 'node:crypto';
