const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A correlation id that came in a message, an input or an attribute. Undefined when it is none: it is always the id that
 * Lambda gave to a request, so that no text of a customer is passed on or logged.
 */
export function readCorrelationId(value: unknown): string | undefined {
  return typeof value === 'string' && UUID.test(value) ? value : undefined;
}
