/** A JSON Schema, as far as this projection reads it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Keywords of 2020-12 that draft 4 writes in another way, and keywords that only describe. */
const LEFT_OUT = new Set(['$schema', '$id', 'title', 'description', 'examples', 'default', 'format']);

/** Keywords that draft 4 does not have and cannot express. */
const NOT_IN_DRAFT_4 = new Set([
  'if',
  'then',
  'else',
  '$ref',
  '$defs',
  'prefixItems',
  'contains',
  'unevaluatedProperties',
]);

/**
 * The draft-4 projection of a schema, for API Gateway's models. It refuses nothing that the schema allows, so that the
 * gateway and the function answer alike.
 *
 * @throws Error that names a keyword which cannot be projected. The schemas of this project have none of these.
 */
export function toDraft4(schema: JsonSchema): JsonSchema {
  const projected: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (LEFT_OUT.has(keyword)) continue;
    if (NOT_IN_DRAFT_4.has(keyword)) throw new Error(`draft 4 cannot express ${keyword}`);
    if (keyword === 'const') projected.enum = [value];
    else if (keyword === 'exclusiveMinimum') Object.assign(projected, { minimum: value, exclusiveMinimum: true });
    else if (keyword === 'exclusiveMaximum') Object.assign(projected, { maximum: value, exclusiveMaximum: true });
    else if (keyword === 'properties') projected.properties = projectEach(value as Record<string, JsonSchema>);
    else if (['anyOf', 'allOf', 'oneOf'].includes(keyword)) projected[keyword] = (value as JsonSchema[]).map(toDraft4);
    else if (isSchema(value)) projected[keyword] = toDraft4(value);
    else projected[keyword] = value;
  }
  return projected;
}

function projectEach(properties: Record<string, JsonSchema>) {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, toDraft4(schema)]));
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
