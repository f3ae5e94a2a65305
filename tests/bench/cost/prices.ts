/**
 * What AWS asks in us-east-1, in dollars, without taxes. Free tiers are named where a small shop lives in them.
 *
 * Looked up on 2026-11-21. `seen` says where: `aws` on AWS's own page, `copy` on a page that quotes it with a date in
 * 2025 or 2026, `unverified` known from before and not found again. Check them before you decide by them:
 * https://aws.amazon.com/pricing.
 */
export const PRICES_OF = '2026-11-21';

export interface Price {
  /** Dollars for one unit. */
  dollars: number;
  unit: string;
  /** How many units of a month are free for every account, without an end. */
  free?: number;
  seen: 'aws' | 'copy' | 'unverified';
  source: string;
}

const PER_MILLION = 1e-6;

export const PRICES = {
  transition: {
    dollars: 25 * PER_MILLION,
    unit: 'state transition',
    free: 4000,
    seen: 'aws',
    source: 'aws.amazon.com/step-functions/pricing',
  },
  expressRequest: {
    dollars: 1 * PER_MILLION,
    unit: 'Express execution',
    seen: 'unverified',
    source: 'aws.amazon.com/step-functions/pricing',
  },
  expressDuration: {
    dollars: 0.00001667,
    unit: 'GB-second of Express',
    seen: 'unverified',
    source: 'aws.amazon.com/step-functions/pricing',
  },
  lambdaRequest: {
    dollars: 0.2 * PER_MILLION,
    unit: 'invocation',
    free: 1e6,
    seen: 'copy',
    source: 'aws.amazon.com/lambda/pricing',
  },
  lambdaDuration: {
    dollars: 0.0000166667,
    unit: 'GB-second on x86',
    free: 400_000,
    seen: 'unverified',
    source: 'aws.amazon.com/lambda/pricing',
  },
  durableOperation: {
    dollars: 8 * PER_MILLION,
    unit: 'operation of a durable function',
    seen: 'copy',
    source: 'aws.amazon.com/lambda/pricing, its worked example',
  },
  durableWritten: {
    dollars: 0.25,
    unit: 'GB written by a durable function',
    seen: 'unverified',
    source: 'aws.amazon.com/lambda/pricing',
  },
  write: {
    dollars: 0.625 * PER_MILLION,
    unit: 'write request unit',
    seen: 'copy',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  read: {
    dollars: 0.125 * PER_MILLION,
    unit: 'read request unit',
    seen: 'copy',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  storage: {
    dollars: 0.25,
    unit: 'GB-month in tables',
    free: 25,
    seen: 'unverified',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  backup: {
    dollars: 0.2,
    unit: 'GB-month of point-in-time recovery',
    seen: 'unverified',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand',
  },
  apiRequest: {
    dollars: 3.5 * PER_MILLION,
    unit: 'request to a REST API',
    seen: 'unverified',
    source: 'aws.amazon.com/api-gateway/pricing',
  },
  edgeRequest: {
    dollars: 1 * PER_MILLION,
    unit: 'HTTPS request to CloudFront',
    free: 1e7,
    seen: 'unverified',
    source: 'aws.amazon.com/cloudfront/pricing',
  },
  queueRequest: {
    dollars: 0.4 * PER_MILLION,
    unit: 'request to a queue',
    free: 1e6,
    seen: 'copy',
    source: 'aws.amazon.com/sqs/pricing',
  },
  pipeRequest: {
    dollars: 0.4 * PER_MILLION,
    unit: 'request of a pipe',
    seen: 'copy',
    source: 'aws.amazon.com/eventbridge/pricing',
  },
  event: {
    dollars: 1 * PER_MILLION,
    unit: 'event on the bus',
    seen: 'copy',
    source: 'aws.amazon.com/eventbridge/pricing',
  },
  publish: {
    dollars: 0.5 * PER_MILLION,
    unit: 'publication to a topic',
    free: 1e6,
    seen: 'copy',
    source: 'aws.amazon.com/sns/pricing',
  },
  email: { dollars: 100 * PER_MILLION, unit: 'e-mail', seen: 'unverified', source: 'aws.amazon.com/ses/pricing' },
  sms: {
    dollars: 0.00581,
    unit: 'SMS to the US, without the carrier fee',
    seen: 'unverified',
    source: 'aws.amazon.com/sns/sms-pricing',
  },
  logs: {
    dollars: 0.5,
    unit: 'GB of logs taken in',
    free: 5,
    seen: 'copy',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  trace: {
    dollars: 5 * PER_MILLION,
    unit: 'recorded trace',
    free: 100_000,
    seen: 'unverified',
    source: 'aws.amazon.com/xray/pricing',
  },
  alarm: {
    dollars: 0.1,
    unit: 'alarm and month',
    free: 10,
    seen: 'unverified',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  compositeAlarm: {
    dollars: 0.5,
    unit: 'composite alarm and month',
    seen: 'unverified',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  metric: {
    dollars: 0.3,
    unit: 'custom metric and month',
    free: 10,
    seen: 'unverified',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  dashboard: {
    dollars: 3,
    unit: 'dashboard and month',
    free: 3,
    seen: 'copy',
    source: 'aws.amazon.com/cloudwatch/pricing',
  },
  secret: {
    dollars: 0.4,
    unit: 'secret and month',
    seen: 'unverified',
    source: 'aws.amazon.com/secrets-manager/pricing',
  },
} as const satisfies Record<string, Price>;

export type Item = keyof typeof PRICES;
