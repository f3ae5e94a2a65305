import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Built } from './builds.ts';
import { isAnswered, REQUESTS, rowsGivenFor } from './requests.ts';

/** One cold start. Milliseconds, but for what has another unit. */
export interface Run {
  load: number;
  /** Load and first answered request. */
  total: number;
  /** Time on the processor for the same: user and system. */
  cpu: number;
  /** Processor time of the whole process, with the start of Node. */
  process: number;
  /** Of each warm request, where some were made. */
  warmCpu?: number;
  warm?: number;
  codeCaches?: Record<string, 'accepted' | 'rejected' | 'none'>;
}

const HERE = resolve('tests/bench');

/** The services in a process of their own. They answer at once. */
export class Services {
  private readonly child: ChildProcess;
  readonly port: string;

  private constructor(child: ChildProcess, port: string) {
    this.child = child;
    this.port = port;
  }

  static async start(folder: string, names: readonly string[]): Promise<Services> {
    const given = join(folder, 'given.json');
    writeFileSync(given, JSON.stringify(Object.fromEntries(names.map((name) => [name, rowsGivenFor(name)]))));
    const child = spawn(process.execPath, [join(HERE, 'services.cjs'), given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<string>((started) =>
      child.stdout.once('data', (data) => started(String(data).trim())),
    );
    return new Services(child, port);
  }

  stop(): void {
    this.child.kill();
  }
}

/** How Lambda starts Node in 512 MB. */
const LAMBDA_OPTIONS = [
  '--expose-gc',
  '--max-http-header-size=81920',
  '--max-semi-space-size=25',
  '--max-old-space-size=461',
];

/** Makes the code cache of a function's own file, with a process that has answered its request. */
export function makeOwnCache(subject: Subject, services: Services, program: string): void {
  const maker = `${program}.maker.cjs`;
  writeFileSync(
    maker,
    `const { handler } = require(${JSON.stringify(program)});
     const event = require('node:fs').readFileSync(${JSON.stringify(subject.event)}, 'utf8');
     const context = { functionName: 'f', invokedFunctionArn: 'a', awsRequestId: 'r' };
     exports.exercise = async () => { for (let i = 0; i < 2; i += 1) await handler(JSON.parse(event), context); };`,
  );
  execFileSync(process.execPath, ['--expose-gc', resolve('layers/runtime/make-code-cache.cjs'), maker], {
    env: { ...environmentOf(subject.as, services.port), NODE_PATH: subject.modules ?? '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The environment of a function: what Lambda and the template give it. */
export function environmentOf(name: string, port: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}/${name}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_SESSION_TOKEN: 't',
    AWS_LAMBDA_FUNCTION_NAME: 'f',
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: '/var/task',
    _HANDLER: 'handler.handler',
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    POWERTOOLS_SERVICE_NAME: 'order-processing',
    POWERTOOLS_METRICS_NAMESPACE: 'bench',
    TABLE_NAME: 'products',
    ...variablesOf(name, port),
  };
}

const KNOWN: Readonly<Record<string, string>> = {
  MAX_OPEN_ORDERS: '100',
  MAX_ORDERS_PER_HOUR: '100',
  PAYMENT_PROVIDER: 'sandbox',
  BREAKER_PROVIDER: 'sandbox',
  SANDBOX_FAULTS: 'off',
  ORDER_WORKFLOW_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:process-order',
  CANCEL_WINDOW_HOURS: '876000',
  EMAIL_IDENTITY_ARN: 'arn:aws:ses:us-east-1:000000000000:identity/shop@example.com',
  SMS_COUNTRIES: '',
  ALLOWED_ORIGIN: '*',
  NOTIFICATIONS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:notifications',
  OPERATIONS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:operations',
};

/** The variables that the template gives a function. A table is called `orders` for ORDERS_TABLE, and so on. */
function variablesOf(name: string, port: string): Record<string, string> {
  const { Resources } = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' }) as {
    Resources: Record<string, { Properties?: { CodeUri?: string; Environment?: { Variables?: object } } }>;
  };
  const [found] = Object.values(Resources).filter(({ Properties }) => Properties?.CodeUri === `functions/${name}`);
  const variables = Object.entries(found?.Properties?.Environment?.Variables ?? {}) as [string, unknown][];
  return Object.fromEntries(
    variables.map(([key, value]) => {
      if (key in KNOWN) return [key, KNOWN[key] ?? ''];
      if (key.endsWith('_TABLE')) return [key, key.replace('_TABLE', '').toLowerCase()];
      if (key.endsWith('_URL')) return [key, `http://127.0.0.1:${port}/000000000000/${key.toLowerCase()}`];
      return [key, /^\d+$/.test(String(value)) ? String(value) : 'sample'];
    }),
  );
}

export interface Subject extends Built {
  /** The function whose request, environment and rows it has. */
  as: string;
  event: string;
}

/**
 * A cold start in a process of its own, on Linux pinned to one core.
 *
 * @param warm how many warm requests follow
 * @throws Error when the answer is not the wanted one
 */
export async function coldStart(subject: Subject, services: Services, core: string, warm = 0): Promise<Run> {
  const program = [join(HERE, 'process.cjs'), subject.handler, subject.event, String(warm)];
  const node = [process.execPath, ...LAMBDA_OPTIONS, ...program];
  const [command = '', ...args] = process.platform === 'linux' ? ['taskset', '-c', core, ...node] : node;
  const { stdout } = await promisify(execFile)(command, args, {
    env: {
      ...environmentOf(subject.as, services.port),
      ...(subject.modules !== undefined && { NODE_PATH: subject.modules }),
    },
    maxBuffer: 2 ** 26,
  });
  const { result, thrown, log, ...run } = JSON.parse(stdout) as Run & {
    result: unknown;
    thrown?: string;
    log: string[];
  };
  if (thrown !== undefined || !isAnswered(result)) {
    throw new Error(`${subject.name}: ${thrown ?? JSON.stringify(result)}\n${log.join('').slice(-2000)}`);
  }
  return run;
}

/** The file with the event of a function's request. */
export const eventFileOf = (name: string): string => resolve('events', name, `${REQUESTS[name]}.json`);
