import { Tracer } from '@aws-lambda-powertools/tracer';

/** The container's tracer. It captures no responses, because they hold personal data. */
export const tracer = new Tracer({ captureHTTPsRequests: false });
