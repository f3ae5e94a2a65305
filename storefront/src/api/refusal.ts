import type { components } from './openapi.generated.d.ts';

/** The problem document that the API answers with. */
export type ProblemDocument = components['schemas']['Problem'];

/** The API refused a request, and said why in a problem document. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  /** Stable: what to decide on. */
  readonly code: string;
  readonly errors: readonly { pointer: string; detail: string }[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    { status, code, detail, errors = [] }: Pick<ProblemDocument, 'status' | 'code' | 'detail' | 'errors'>,
    retryAfterSeconds?: number,
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer came: no network, a timeout, or something between that is not the API. What was asked may have been done. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/**
 * The body of a successful answer of the typed client.
 *
 * @throws Refusal, or Unanswered
 */
export async function answerOf<Body>(
  call: Promise<{ data?: Body; error?: unknown; response: Response }>,
): Promise<NonNullable<Body>> {
  let answer: Awaited<typeof call>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Unanswered('no answer', { cause: error });
  }
  const { data, error, response } = answer;
  if (response.ok && data !== undefined && data !== null) return data;
  if (isProblem(error)) throw new Refusal(error, retryAfter(response));
  throw new Unanswered(`an answer that is not the API's, with status ${response.status}`);
}

function isProblem(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'status' in body;
}

function retryAfter(response: Response): number | undefined {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}
