import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger } from './logging.ts';
import { metrics } from './metrics.ts';
import { tracer } from './tracing.ts';

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
      const orderId = (event as { orderId?: unknown } | null)?.orderId;
      if (typeof orderId === 'string') logger.appendKeys({ orderId });
      return work(event, context);
    });
}

/** Powertools' own middleware logs a warning for every request without a metric. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
