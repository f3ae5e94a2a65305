import type { APIGatewayProxyEvent } from 'aws-lambda';

/**
 * A request header. Clients may write its name in any case.
 *
 * @param name in lower case.
 */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.keys(event.headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : event.headers[found];
}
