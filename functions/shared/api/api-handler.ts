import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { lambdaHandler } from '../runtime/lambda-handler.ts';
import { logger } from '../runtime/logging.ts';
import { Problem } from './problem.ts';

export interface ApiAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * Wraps a route's work. A Problem becomes its problem document. Any other error is logged and becomes `INTERNAL`, so
 * that the caller does not see its reason. No answer may be cached unless the route sets `cache-control`.
 */
export function apiHandler(route: (event: APIGatewayProxyEvent, context: Context) => Promise<ApiAnswer>) {
  return lambdaHandler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event, context) => {
    try {
      return toResult(await route(event, context), 'application/json');
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('INTERNAL', 'the request could not be completed');
      if (problem === error) logger.info('REQUEST_REFUSED', { code: problem.code });
      else logger.error('REQUEST_FAILED', error as Error);
      return toResult(
        { status: problem.status, body: problem.toDocument(), headers: problem.headers },
        'application/problem+json',
      );
    }
  });
}

function toResult({ status, body, headers }: ApiAnswer, contentType: string): APIGatewayProxyResult {
  return {
    statusCode: status,
    headers: {
      'content-type': contentType,
      'cache-control': 'no-store',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...(process.env.ALLOWED_ORIGIN && { 'access-control-allow-origin': process.env.ALLOWED_ORIGIN }),
      'access-control-expose-headers': 'location, retry-after',
      ...headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}
