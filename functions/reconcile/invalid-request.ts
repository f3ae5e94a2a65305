import type { ErrorObject } from 'ajv';

/** The input of a manual run does not match the schema. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  constructor(errors: ErrorObject[] | null | undefined) {
    super((errors ?? []).map((e) => `${e.instancePath || '/'} ${e.message}`).join('; '));
  }
}
