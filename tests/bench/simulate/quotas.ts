/**
 * The quotas of AWS that the model knows, in one region, for an account that has asked for nothing. All can be raised
 * on request unless it says fixed.
 */
export const QUOTAS_OF = '2026-11-21';

export interface Quota {
  value: number;
  what: string;
  /** A partition's throughput and the like, which no request raises. */
  fixed?: true;
  /** AWS: read on a page of AWS or in its sources. Unverified: known from before, and not found in what could be read. */
  seen: 'AWS' | 'unverified';
  source: string;
}

const SFN = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html';
const PIPES = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html';
const WARM = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html';
const DYNAMODB = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';

export const QUOTAS = {
  apiRequests: {
    value: 10_000,
    what: 'API Gateway: requests per second of all APIs',
    seen: 'unverified',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  apiBurst: {
    value: 5000,
    what: 'API Gateway: burst of all APIs',
    fixed: true,
    seen: 'unverified',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html',
  },
  lambdaConcurrency: {
    value: 1000,
    what: 'Lambda: invocations at the same time, of all functions',
    seen: 'AWS',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  lambdaScaling: {
    value: 1000,
    what: 'Lambda: new execution environments of a function in 10 seconds',
    fixed: true,
    seen: 'AWS',
    source: LAMBDA,
  },
  lambdaRequestsPerEnvironment: {
    value: 10,
    what: 'Lambda: requests per second for each of the concurrent invocations allowed',
    fixed: true,
    seen: 'AWS',
    source: LAMBDA,
  },
  startExecutions: {
    value: 300,
    what: 'Step Functions: StartExecution per second, in us-east-1, us-west-2 and eu-west-1',
    seen: 'AWS',
    source: SFN,
  },
  startExecutionBurst: { value: 1300, what: 'Step Functions: StartExecution, bucket', seen: 'AWS', source: SFN },
  transitions: {
    value: 5000,
    what: 'Step Functions: state transitions per second, in the same regions (an older text of AWS has 1,500)',
    seen: 'unverified',
    source: SFN,
  },
  transitionBurst: { value: 5000, what: 'Step Functions: state transitions, bucket', seen: 'AWS', source: SFN },
  pipeFirst: { value: 5, what: 'Pipe: batches at the same time, at first', fixed: true, seen: 'AWS', source: PIPES },
  pipeMorePerMinute: { value: 60, what: 'Pipe: more batches per minute', fixed: true, seen: 'AWS', source: PIPES },
  pipeMost: { value: 1000, what: 'Pipe: batches at the same time, at most', fixed: true, seen: 'AWS', source: PIPES },
  partitionWrites: {
    value: 1000,
    what: 'DynamoDB: write units per second of a partition',
    fixed: true,
    seen: 'AWS',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
  },
  newTableWrites: {
    value: 4000,
    what: 'DynamoDB: write units per second of a new on-demand table; it grows with use, or by WarmThroughput',
    seen: 'AWS',
    source: WARM,
  },
  tableWrites: {
    value: 40_000,
    what: 'DynamoDB: write units per second of a table',
    seen: 'unverified',
    source: DYNAMODB,
  },
  busEvents: {
    value: 10_000,
    what: 'EventBridge: PutEvents per second, in us-east-1',
    seen: 'AWS',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
  },
  emails: {
    value: 14,
    what: 'SES: e-mails per second, outside of the sandbox',
    seen: 'unverified',
    source: 'https://docs.aws.amazon.com/ses/latest/dg/quotas.html',
  },
} as const satisfies Record<string, Quota>;

/** What a new account may have. AWS says that it is less than usual and grows with use, and publishes no number. */
export const NEW_ACCOUNT = {
  lambdaConcurrency: {
    value: 10,
    what: 'Lambda: invocations at the same time, as many new accounts have',
    seen: 'unverified',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
  },
  startExecutions: {
    value: 150,
    what: 'Step Functions: StartExecution per second (that of the smaller regions)',
    seen: 'AWS',
    source: SFN,
  },
  startExecutionBurst: { value: 800, what: 'Step Functions: StartExecution, bucket', seen: 'AWS', source: SFN },
  transitions: {
    value: 800,
    what: 'Step Functions: state transitions per second (that of the smaller regions; an older text of AWS has 500)',
    seen: 'unverified',
    source: SFN,
  },
  transitionBurst: { value: 800, what: 'Step Functions: state transitions, bucket', seen: 'AWS', source: SFN },
  emails: {
    value: 1,
    what: 'SES in its sandbox: e-mails per second, and 200 per day, to verified addresses only',
    seen: 'unverified',
    source: 'https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html',
  },
} as const satisfies Record<string, Quota>;
