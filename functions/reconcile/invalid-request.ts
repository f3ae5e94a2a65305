import type { ErrorObject } from 'ajv';

/** Reconcile was asked, by hand, for something that it does not know. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  constructor(errors: ErrorObject[] | null | undefined) {
    super((errors ?? []).map((e) => `${e.instancePath || '/'} ${e.message}`).join('; '));
  }
}
