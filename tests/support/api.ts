import { checkAnswer } from './openapi.ts';
import { stack } from './stack.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON object; anything else is under `text`. */
  body: Record<string, unknown>;
}

/**
 * Calls the API with the stack's key. `body` is sent as JSON, or as it is when it is a string.
 *
 * @throws Error when the answer is not one that docs/openapi.yaml allows, whatever the test checks
 */
export async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string>; apiKey?: string | null } = {},
): Promise<Answer> {
  const { token, body, apiKey = stack.apiKey } = options;
  const headers: Record<string, string> = { ...options.headers };
  if (apiKey !== null) headers['x-api-key'] ??= apiKey;
  if (token !== undefined) headers.authorization ??= token;
  if (body !== undefined) headers['content-type'] ??= 'application/json';
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // A preflight is the browser's affair and not of the document.
  if (method !== 'OPTIONS') checkAnswer(method, path, { status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, body: readBody(text) };
}

/** The JSON object that a text is; anything else is under `text`. */
export function readBody(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // the caller sees it under `text`
  }
  return { text };
}
