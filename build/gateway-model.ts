/** A JSON Schema, as far as this projection reads it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The keywords that API Gateway keeps when it imports a model, which is JSON Schema draft 4. */
const KEPT = ['type', 'required', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'];

/**
 * What API Gateway's models certainly say of a schema.
 *
 * The importer drops `anyOf`, and it may drop `additionalProperties` and the limits of lists. A model that had them
 * would be another one on AWS than in this project. The gateway checks no body against a model: the functions do, and
 * name the field that is wrong.
 */
export function toGatewayModel(schema: JsonSchema): JsonSchema {
  const model: Record<string, unknown> = {};
  for (const keyword of KEPT) if (schema[keyword] !== undefined) model[keyword] = schema[keyword];
  if (isSchema(schema.properties)) {
    model.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, of]) => [name, toGatewayModel(of as JsonSchema)]),
    );
  }
  if (isSchema(schema.items)) model.items = toGatewayModel(schema.items);
  return model;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
