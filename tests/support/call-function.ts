/** Calls the functions behind the API's routes directly, so that the gateway's validators do not run. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { claims } from './accounts.ts';
import { type Answer, readBody } from './api.ts';
import { checkAnswer, routeOf } from './openapi.ts';
import { aws, stack } from './stack.ts';

const FUNCTIONS: Record<string, string> = {
  'GET /products': 'ListProductsFunction',
  'PUT /products/{productId}': 'PutProductFunction',
  'POST /auth': 'AuthFunction',
  'GET /products/upload': 'UploadImageFunction',
  'GET /admin/dlq': 'AdminDlqFunction',
  'POST /admin/dlq/replay': 'AdminDlqFunction',
  'POST /admin/dlq/discard': 'AdminDlqFunction',
  'GET /admin/breaker': 'AdminBreakerFunction',
  'POST /admin/breaker/close': 'AdminBreakerFunction',
  'GET /admin/audit': 'AdminAuditFunction',
  'GET /admin/overview': 'AdminOverviewFunction',
  'POST /orders': 'CreateOrderFunction',
  'GET /orders': 'GetOrderFunction',
  'GET /orders/{orderId}': 'GetOrderFunction',
  'GET /orders/{orderId}/executions': 'ListExecutionsFunction',
  'POST /orders/{orderId}/cancel': 'CancelOrderFunction',
  'POST /orders/{orderId}/retry': 'RetryOrderFunction',
};

const lambda = new LambdaClient(aws);

/**
 * Invokes the function of a route as the gateway would for this request, and reads its answer as a client would.
 *
 * @param changes to the event, for what a gateway would never send
 * @throws Error when the function fails, or when docs/openapi.yaml does not allow the answer
 */
export async function callFunction(
  method: string,
  path: string,
  options: { token?: string; body?: string; headers?: Record<string, string> } = {},
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const route = routeOf(method, path);
  const functionName = route && stack.functions[FUNCTIONS[`${method} ${route.path}`] ?? ''];
  if (!route || !functionName) throw new Error(`${method} ${path} has no function here`);
  const event = { ...proxyEvent(method, path, route.path, options), ...changes };
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const payload = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError) throw new Error(`${functionName} failed: ${payload.slice(0, 1000)}`);
  const { statusCode, headers = {}, body } = JSON.parse(payload) as APIGatewayProxyResult;
  const answer = {
    status: statusCode,
    headers: new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    text: body,
  };
  checkAnswer(method, path, answer);
  return { status: statusCode, headers: answer.headers, body: readBody(body) };
}

function proxyEvent(
  httpMethod: string,
  url: string,
  resource: string,
  { token, body, headers = {} }: { token?: string; body?: string; headers?: Record<string, string> },
): Partial<APIGatewayProxyEvent> {
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  const names = [...resource.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const values = new RegExp(`^${resource.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname)?.slice(1) ?? [];
  const parameters = names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')]);
  const query = [...searchParams];
  return {
    httpMethod,
    resource,
    path: pathname,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { Authorization: token }),
      ...headers,
    },
    pathParameters: parameters.length > 0 ? Object.fromEntries(parameters) : null,
    queryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    requestContext: {
      stage: 'api',
      path: `/api${pathname}`,
      httpMethod,
      ...(token !== undefined && { authorizer: { claims: asStrings(claims(token)) } }),
    } as unknown as APIGatewayProxyEvent['requestContext'],
    body: body ?? null,
    isBase64Encoded: false,
  };
}

function asStrings(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
