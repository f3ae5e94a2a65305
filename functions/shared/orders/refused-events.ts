import { logger } from '../runtime/logging.ts';
import { MetricUnit, metrics } from '../runtime/metrics.ts';

/** Counts an event that came late or again and was refused by the order's row, by the name of the refusal. */
export function countRefusedEvent(reason: string): void {
  logger.info('EVENT_REFUSED', { reason });
  metrics.singleMetric().addDimension('reason', reason).addMetric('RefusedEvents', MetricUnit.Count, 1);
}
