import type { APIGatewayProxyEvent } from 'aws-lambda';

/** As much of an API event as the code under test reads. */
export function apiEvent(event: Partial<APIGatewayProxyEvent>): APIGatewayProxyEvent {
  return { headers: { 'Content-Type': 'application/json' }, ...event } as APIGatewayProxyEvent;
}
