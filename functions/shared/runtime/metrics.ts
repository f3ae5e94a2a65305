import { Metrics } from '@aws-lambda-powertools/metrics';
import { type DimensionOf, METRICS, type MetricKind, type MetricName } from './metric-names.ts';

/** Their namespace and service are environment variables in the template. */
const metrics = new Metrics();

/**
 * Adds a value to a metric. It makes no request: metrics are log lines in the embedded metric format (EMF), written when
 * the invocation ends.
 *
 * @param value in the unit that METRICS gives the name.
 * @param dimension the value of the metric's own dimension, if it has one.
 */
export function measure<Name extends MetricName>(name: Name, value: number, ...[of]: DimensionOf<Name>): void {
  const { unit, by, total }: MetricKind = METRICS[name];
  if (by === undefined || total) metrics.addMetric(name, unit, value);
  if (by !== undefined && of !== undefined) metrics.singleMetric().addDimension(by, of).addMetric(name, unit, value);
}

/** Writes what was measured. Powertools' own middleware logs a warning for every request without a metric. */
export function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
