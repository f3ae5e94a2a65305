import createClient from 'openapi-fetch';
import { session } from '../session/current-session.ts';
import { authorizedFetch } from './authorized-fetch.ts';
import type { paths } from './openapi.generated.d.ts';

/**
 * The API, typed by docs/openapi.yaml, for the person who is signed in. The edge adds the API key to everything below
 * `/api`. Wrap each call in `answerOf`.
 */
export const api = createClient<PathsWithoutKey>({ baseUrl: '/api', fetch: authorizedFetch(session) });

type PathsWithoutKey = paths;
