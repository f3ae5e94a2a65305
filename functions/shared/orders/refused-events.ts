import { logger } from '../runtime/logging.ts';
import { measure } from '../runtime/metrics.ts';

/**
 * Counts an event that came late or twice, so that the order's row refused it.
 *
 * @param reason the name of the error.
 */
export function countRefusedEvent(reason: string): void {
  logger.info('EVENT_REFUSED', { reason });
  measure('RefusedEvents', 1, reason);
}
