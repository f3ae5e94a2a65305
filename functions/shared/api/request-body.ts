import type { ErrorObject } from 'ajv';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { header } from './header.ts';
import { Problem, type ProblemDetail } from './problem.ts';

const MAX_BODY_BYTES = 200 * 1024;

/** A compiled schema: the type guard that `build/compile-schemas.ts` generates. */
export type Validator<T> = ((data: unknown) => data is T) & { errors?: ErrorObject[] | null };

/**
 * Reads a JSON body and checks it against a compiled schema.
 *
 * @param details what a violation says, by its JSON pointer, where the schema's own words do not help the caller.
 * @throws Problem UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE or VALIDATION_FAILED. The last lists the violations.
 */
export function readBody<T>(
  event: APIGatewayProxyEvent,
  validate: Validator<T>,
  details: Readonly<Record<string, string>> = {},
): T {
  const contentType = header(event, 'content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'send the body as application/json');
  }
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new Problem('PAYLOAD_TOO_LARGE', `the body may have at most ${MAX_BODY_BYTES} bytes`);
  }
  const body = parseJson(text);
  if (!validate(body)) {
    throw new Problem('VALIDATION_FAILED', 'the body is not valid', {
      errors: violations(validate.errors ?? []).map((one) => ({ ...one, detail: details[one.pointer] ?? one.detail })),
    });
  }
  return body;
}

/** A longer list does not help the caller, and a hostile body can have thousands of violations. */
const MAX_VIOLATIONS = 20;

function violations(errors: readonly ErrorObject[]): ProblemDetail[] {
  // Every alternative of an anyOf reports its own violations. One whose enum failed is not the alternative that the
  // caller meant, so its violations are left out.
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

/** One step of a JSON pointer (RFC 6901). It is cut, because a hostile body can have a very long name. */
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
