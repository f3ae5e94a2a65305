/** What is needed of the session. */
export interface TokenSource {
  idToken(): Promise<string | undefined>;
  renew(refused: string): Promise<string | undefined>;
}

/** Long enough for a cold start at the API; a request that takes longer has lost its answer. */
const TIMEOUT_MS = 20_000;

/**
 * A fetch that sends the session's ID token. A request that is refused with 401 is sent once more with a new token.
 * Requests that the API answers to everybody are sent without a token, so that they do not wait for one.
 */
export function authorizedFetch(session: TokenSource, send: typeof fetch = fetch) {
  return async (request: Request): Promise<Response> => {
    const token = isPublic(request) ? undefined : await session.idToken();
    const again = request.clone();
    const response = await sendWith(token, request);
    if (response.status !== 401 || token === undefined) return response;
    const renewed = await session.renew(token);
    return renewed === undefined ? response : sendWith(renewed, again);
  };

  function sendWith(token: string | undefined, request: Request): Promise<Response> {
    if (token !== undefined) request.headers.set('authorization', token);
    return send(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  }
}

function isPublic({ method, url }: Request): boolean {
  const { pathname } = new URL(url);
  return pathname === '/api/auth' || (method === 'GET' && pathname === '/api/products');
}
