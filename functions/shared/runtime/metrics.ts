import { Metrics } from '@aws-lambda-powertools/metrics';

export { MetricUnit } from '@aws-lambda-powertools/metrics';

/** The container's metrics. Their namespace and service are environment variables in the template. */
export const metrics = new Metrics();
