import { Metrics } from '@aws-lambda-powertools/metrics';

export { MetricUnit } from '@aws-lambda-powertools/metrics';

/** The container's metrics; namespace and service come from the template's environment. */
export const metrics = new Metrics();
