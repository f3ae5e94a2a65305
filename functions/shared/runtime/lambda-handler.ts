import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { codeCacheState } from './code-cache.ts';
import { readCorrelationId } from './correlation-id.ts';
import { logger, powertoolsLogger } from './logging.ts';
import { measure, publishMetrics } from './metrics.ts';
import { tellAbout } from './story.ts';
import { tracer } from './tracing.ts';

/** Whether this environment has had no invocation yet. One that was started ahead of its requests is never cold. */
let isCold = process.env.AWS_LAMBDA_INITIALIZATION_TYPE !== 'provisioned-concurrency';

/**
 * Wraps a function's work with what every function needs: a trace segment, log lines with the request id, the
 * correlation id and, when the event has one, the order id, and metrics that are published at the end.
 *
 * The lines of a container's first request have `codeCache`: whether V8 accepted the compiled code that came with the
 * layer.
 *
 * The correlation id is the event's. An event without one, such as a request to the API or an execution that an older
 * release started, gets the id of this invocation.
 */
export function lambdaHandler<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  let codeCache = codeCacheState();
  return middy<Event, Result>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(powertoolsLogger, { resetKeys: true }))
    .use({ after: publishMetrics, onError: publishMetrics })
    .handler((event, context) => {
      if (codeCache !== undefined) logger.appendKeys({ codeCache });
      codeCache = undefined;
      // One metric for all functions. Which of them started cold is a saved query, because it would cost one for each.
      if (isCold) measure('ColdStarts', 1);
      isCold = false;
      const { orderId, correlationId } = (event ?? {}) as { orderId?: unknown; correlationId?: unknown };
      tellAbout({
        ...(typeof orderId === 'string' && { orderId }),
        correlationId: readCorrelationId(correlationId) ?? context?.awsRequestId,
      });
      return work(event, context);
    });
}
