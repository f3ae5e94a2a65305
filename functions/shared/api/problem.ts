/** Every problem that the API can answer: its stable code and its HTTP status. */
export const PROBLEMS = {
  VALIDATION_FAILED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  NOT_CANCELLABLE: 409,
  CAPTURE_IN_PROGRESS: 409,
  NOT_RETRYABLE: 409,
  INSUFFICIENT_STOCK: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNKNOWN_PRODUCT: 422,
  PRICE_MISMATCH: 422,
  MIXED_CURRENCY: 422,
  IDEMPOTENCY_MISMATCH: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** One fault of a request: a JSON pointer to it, and what is wrong there. */
export interface ProblemDetail {
  pointer: string;
  detail: string;
}

/** A request that is answered with a problem document (RFC 9457) instead of a result. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: ProblemDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: ProblemDetail[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.code];
  }

  /** The document: `type`, `title`, `status`, `detail`, `code`, and `errors` when the faults are listed. */
  toDocument() {
    return {
      type: 'about:blank',
      title: this.code.toLowerCase().replaceAll('_', ' '),
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors && { errors: this.errors }),
    };
  }
}
