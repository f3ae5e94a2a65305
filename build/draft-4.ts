/** A JSON Schema, as far as this projection looks into it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Keywords of 2020-12 that draft 4 says otherwise, or that only describe. */
const LEFT_OUT = new Set(['$schema', '$id', 'title', 'description', 'examples', 'default', 'format']);

/** Keywords that draft 4 does not know and that nothing in it can say. */
const UNSAYABLE = new Set(['if', 'then', 'else', '$ref', '$defs', 'prefixItems', 'contains', 'unevaluatedProperties']);

/**
 * The draft-4 projection of a schema: what API Gateway's models can say of it. It refuses nothing that the schema
 * allows, so that the gateway and the function answer alike.
 *
 * @throws Error naming a keyword that cannot be projected; the schemas of this project do without.
 */
export function toDraft4(schema: JsonSchema): JsonSchema {
  const projected: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (LEFT_OUT.has(keyword)) continue;
    if (UNSAYABLE.has(keyword)) throw new Error(`draft 4 cannot say ${keyword}`);
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
