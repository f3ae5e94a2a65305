import { logger } from './logging.ts';
import { annotate } from './tracing.ts';

/** What the lines and the trace of an invocation are about. */
export interface Story {
  orderId?: string;
  /** Absent on a row of an order that an older release wrote. Then the invocation keeps the one that it has. */
  correlationId?: string | undefined;
}

/** Says in every further log line of this invocation, and in its trace, which order and which request it is about. */
export function tellAbout({ orderId, correlationId }: Story): void {
  const story = {
    ...(orderId !== undefined && { orderId }),
    ...(correlationId !== undefined && { correlationId }),
  };
  logger.appendKeys(story);
  annotate(story);
}
