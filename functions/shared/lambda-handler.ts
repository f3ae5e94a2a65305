import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger } from './logging.ts';
import { metrics } from './metrics.ts';
import { tracer } from './tracing.ts';

/**
 * Wraps a function's work with what every function has: a trace segment, log lines that carry the request and, when
 * the event names one, the order, and metrics flushed at the end.
 */
export function lambdaHandler<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics))
    .handler((event, context) => {
      const orderId = (event as { orderId?: unknown } | null)?.orderId;
      if (typeof orderId === 'string') logger.appendKeys({ orderId });
      return work(event, context);
    });
}
