import type { JsonSchema } from './gateway-model.ts';

/**
 * The schema of an event as subscribers get it: a JSON Schema 2020-12 that needs no other file.
 *
 * It does not refuse unknown members, unlike the one that holds our own publishers. A subscriber that is held to it goes
 * on when an event has a member more.
 *
 * @param name of the event, such as OrderCompleted
 * @throws Error when the schema has no such title, no description, or no version
 */
export function toEventSchema(name: string, schema: JsonSchema): JsonSchema {
  const { title, description, ...rest } = schema;
  const { version } = (schema.properties ?? {}) as { version?: { const?: unknown } };
  if (title !== name || typeof description !== 'string' || typeof version?.const !== 'number') {
    throw new Error(`the schema of ${name} needs that title, a description, and a constant version`);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:order-processing:event:${name}:${version.const}`,
    title,
    description,
    ...(open(rest) as JsonSchema),
  };
}

/** The file of an event's schema in docs/events: order-completed.schema.json for OrderCompleted. */
export function eventSchemaFile(name: string): string {
  return `${name.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}.schema.json`;
}

function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([keyword, of]) => !(keyword === 'additionalProperties' && of === false));
  return Object.fromEntries(kept.map(([keyword, of]) => [keyword, open(of)]));
}
