import { Tracer } from '@aws-lambda-powertools/tracer';

/** The container's tracer. Responses are not captured, because they hold what customers typed. */
export const tracer = new Tracer({ captureHTTPsRequests: false });
