import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger } from './logging.ts';
import { measure, publishMetrics } from './metrics.ts';
import { tracer } from './tracing.ts';

/** Whether this environment has had no invocation yet. One that was started ahead of its requests is never cold. */
let isCold = process.env.AWS_LAMBDA_INITIALIZATION_TYPE !== 'provisioned-concurrency';

/**
 * Wraps a function's work with what every function needs: a trace segment, log lines with the request id and, when
 * the event has one, the order id, and metrics that are published at the end.
 */
export function lambdaHandler<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({ after: publishMetrics, onError: publishMetrics })
    .handler((event, context) => {
      // One metric for all functions. Which of them started cold is a saved query, because it would cost one for each.
      if (isCold) measure('ColdStarts', 1);
      isCold = false;
      const orderId = (event as { orderId?: unknown } | null)?.orderId;
      if (typeof orderId === 'string') logger.appendKeys({ orderId });
      return work(event, context);
    });
}
