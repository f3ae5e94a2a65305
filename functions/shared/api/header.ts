import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A request header, whatever the capitals of its name. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.keys(event.headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : event.headers[found];
}
