/**
 * Makes a function of an `InputTemplate` of EventBridge Pipes. It transforms one record at a time.
 *
 * `<$.path>` is replaced by the value at the path: as JSON where it stands alone, as text inside quotes. Text on the path
 * that is JSON is read as JSON, as Pipes does with the body of an SQS message. A path that leads nowhere removes its
 * key, without an error. Without a template a record is not changed.
 *
 * @throws SyntaxError when the template is not JSON with placeholders
 */
export function inputTransformer(template: string | undefined): (record: object) => unknown {
  if (template === undefined) return (record) => record;
  const shape: unknown = JSON.parse(quotePlaceholders(template));
  return (record) => fill(shape, record);
}

/** The first character of a placeholder that stood outside quotes. It becomes a value and not text. */
const WHOLE = '\u0000';
const PLACEHOLDER = /<(\$[^<>]*)>/g;

function quotePlaceholders(template: string): string {
  return template.replaceAll(/"(?:[^"\\]|\\.)*"|<(\$[^<>]*)>/g, (found, path) =>
    path === undefined ? found : JSON.stringify(WHOLE + path),
  );
}

function fill(shape: unknown, record: object): unknown {
  if (typeof shape === 'string') {
    if (shape.startsWith(WHOLE)) return valueAt(shape.slice(1), record);
    return shape.replaceAll(PLACEHOLDER, (_, path: string) => asText(valueAt(path, record)));
  }
  if (Array.isArray(shape)) return shape.map((item) => fill(item, record));
  if (typeof shape === 'object' && shape !== null) {
    return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, fill(value, record)]));
  }
  return shape;
}

function valueAt(path: string, record: object): unknown {
  let value: unknown = record;
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    value = readIfJson(value);
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name ?? index ?? ''];
  }
  return readIfJson(value);
}

function readIfJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null ? parsed : value;
  } catch {
    return value;
  }
}

function asText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
