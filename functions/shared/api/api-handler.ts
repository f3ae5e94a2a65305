import type { ErrorObject } from 'ajv';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { lambdaHandler } from '../runtime/lambda-handler.ts';
import { logger } from '../runtime/logging.ts';
import { Problem, type ProblemDetail } from './problem.ts';

export interface ApiAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

const MAX_BODY_BYTES = 200 * 1024;

/**
 * Wraps a route's work: a Problem becomes its problem document, anything else thrown becomes `INTERNAL` without
 * telling the caller why. Answers are private unless a route says otherwise.
 */
export function apiHandler(route: (event: APIGatewayProxyEvent) => Promise<ApiAnswer>) {
  return lambdaHandler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
    try {
      return toResult(await route(event), 'application/json');
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

/** A compiled schema: the type guard that `build/compile-schemas.ts` generates. */
export type Validator<T> = ((data: unknown) => data is T) & { errors?: ErrorObject[] | null };

/**
 * Reads a JSON body of the shape that a compiled schema allows.
 *
 * @throws Problem UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE or VALIDATION_FAILED, the last with one entry for each
 * violation.
 */
export function readBody<T>(event: APIGatewayProxyEvent, validate: Validator<T>): T {
  const contentType = header(event, 'content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'send the body as application/json');
  }
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new Problem('PAYLOAD_TOO_LARGE', `the body may have ${MAX_BODY_BYTES} bytes`);
  }
  const body = parseJson(text);
  if (!validate(body)) {
    throw new Problem('VALIDATION_FAILED', 'the body does not have the required shape', {
      errors: violations(validate.errors ?? []),
    });
  }
  return body;
}

/** More than these help nobody, and a hostile body can have thousands. */
const MAX_VIOLATIONS = 20;

function violations(errors: readonly ErrorObject[]): ProblemDetail[] {
  // Alternatives each list what is wrong by their own measure: an enumeration in them says which one was meant.
  const alternative = ({ schemaPath }: ErrorObject) => /^#\/anyOf\/\d+\//.exec(schemaPath)?.[0];
  const notMeant = new Set(errors.filter(({ keyword }) => keyword === 'enum').map(alternative));
  const outside = errors.filter((error) => !alternative(error) && error.keyword !== 'anyOf');
  const meant = errors.filter((error) => alternative(error) && !notMeant.has(alternative(error)));
  return (outside.length > 0 ? outside : meant).slice(0, MAX_VIOLATIONS).map(describe);
}

function describe({ instancePath, keyword, params, message }: ErrorObject): ProblemDetail {
  if (keyword === 'additionalProperties') {
    return { pointer: `${instancePath}/${pointerToken(params.additionalProperty)}`, detail: 'is not accepted' };
  }
  if (keyword === 'required') {
    return { pointer: `${instancePath}/${pointerToken(params.missingProperty)}`, detail: 'is required' };
  }
  if (keyword === 'enum') {
    return { pointer: instancePath, detail: `must be one of ${(params.allowedValues as unknown[]).join(', ')}` };
  }
  return { pointer: instancePath, detail: message ?? keyword };
}

/** One step of a JSON pointer (RFC 6901), short enough for an answer however long the name was. */
function pointerToken(name: unknown): string {
  return String(name).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('VALIDATION_FAILED', 'the body is not JSON');
  }
}

/** A request header, whatever the capitals of its name. */
export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.keys(event.headers ?? {}).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : event.headers[found];
}

/** Who is calling, as the Cognito authorizer established it. */
export interface Caller {
  customerId: string;
  isOperator: boolean;
}

/**
 * The caller that the authorizer put into the request.
 *
 * @throws Problem UNAUTHORIZED when a route without an authorizer asks for its caller.
 */
export function callerOf(event: APIGatewayProxyEvent): Caller {
  const claims = event.requestContext?.authorizer?.claims as Record<string, string | undefined> | undefined;
  // Only an ID token says who the customer is; an access token of the same pool is for another purpose.
  if (!claims?.sub || (claims.token_use ?? 'id') !== 'id') throw new Problem('UNAUTHORIZED', 'sign in first');
  return { customerId: claims.sub, isOperator: isMemberOf('operators', claims['cognito:groups'], event) };
}

/**
 * API Gateway hands a list claim over as one string: comma-separated on AWS, in brackets elsewhere. A comma may also be
 * part of a group's name, so that the list in the token, which the authorizer has verified, has to hold the group too.
 */
function isMemberOf(group: string, claim: string | undefined, event: APIGatewayProxyEvent): boolean {
  const claimed = (claim ?? '').replace(/^\[|\]$/g, '').split(/[,\s]+/);
  return claimed.includes(group) && (groupsInToken(event)?.includes(group) ?? true);
}

/** @returns undefined when the event was made by hand, without a token. */
function groupsInToken(event: APIGatewayProxyEvent): unknown[] | undefined {
  const payload = header(event, 'authorization')?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const groups: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))['cognito:groups'];
    return Array.isArray(groups) ? groups : [];
  } catch {
    return [];
  }
}
