/** A JSON Schema, as far as this projection reads it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The keywords that API Gateway keeps when it imports a model, and checks as JSON Schema draft 4 does. */
const KEPT = ['type', 'required', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'];

/**
 * What API Gateway's models certainly say of a schema.
 *
 * The importer drops `anyOf`, and it may drop `additionalProperties` and the limits of lists. A model that had them
 * would be another one on AWS than in this project. They are left to the function, whose own validation counts. The
 * model refuses nothing that the schema allows.
 *
 * @param leftToFunction members of the body that the model leaves out, because the function has a better answer than
 * the gateway's one text for every fault
 */
export function toGatewayModel(schema: JsonSchema, leftToFunction: readonly string[] = []): JsonSchema {
  const model: Record<string, unknown> = {};
  for (const keyword of KEPT) if (schema[keyword] !== undefined) model[keyword] = schema[keyword];
  if (isSchema(schema.properties)) {
    const kept = Object.entries(schema.properties).filter(([name]) => !leftToFunction.includes(name));
    model.properties = Object.fromEntries(kept.map(([name, of]) => [name, toGatewayModel(of as JsonSchema)]));
  }
  if (isSchema(schema.items)) model.items = toGatewayModel(schema.items);
  return model;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
