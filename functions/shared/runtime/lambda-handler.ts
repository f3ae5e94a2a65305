import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { codeCacheState } from './code-cache.ts';
import { logger } from './logging.ts';
import { metrics } from './metrics.ts';
import { tracer } from './tracing.ts';

/**
 * Wraps a function's work with what every function needs: a trace segment, log lines with the request id and, when
 * the event has one, the order id, and metrics that are published at the end. The lines of a container's first request
 * have `codeCache`: whether V8 accepted the compiled code that came with the layer.
 */
export function lambdaHandler<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  let codeCache = codeCacheState();
  return middy<Event, Result>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({ after: publishMetrics, onError: publishMetrics })
    .handler((event, context) => {
      if (codeCache !== undefined) logger.appendKeys({ codeCache });
      codeCache = undefined;
      const orderId = (event as { orderId?: unknown } | null)?.orderId;
      if (typeof orderId === 'string') logger.appendKeys({ orderId });
      return work(event, context);
    });
}

/** Powertools' own middleware logs a warning for every request without a metric. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
