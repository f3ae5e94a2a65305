/**
 * Measures what a cold start costs, and what each way of building a function changes about it.
 *
 *   npm run bench:cold [-- --rounds 15] [--only 'bundled|layer']
 *
 * A cold start is a fresh process that loads the function and answers its first request. Both count together, because a
 * variant can move work from one to the other. Every round runs every variant once, in turn and pinned to one core, so
 * that other load on the machine affects all of them alike. The services answer from a process of their own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    only: { type: 'string' },
    core: { type: 'string', default: '1' },
  },
});

/* ---------------------------------------------------------------- what is compared */

/** The packages for logs, metrics and traces that every function loads: the candidate for a layer. */
const LAYERED = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/logger/middleware',
  '@aws-lambda-powertools/metrics',
  '@aws-lambda-powertools/metrics/middleware',
  '@aws-lambda-powertools/tracer',
  '@aws-lambda-powertools/tracer/middleware',
  '@middy/core',
];
const LAYER = 'powertools-layer';

/** Replaces the candidate's packages by one file of the layer, as if the code imported that. */
const fromLayer: Plugin = {
  name: 'from-layer',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${LAYERED.join('|')})$`) }, ({ path }) => ({ path, namespace: 'layer' }));
    onResolve({ filter: new RegExp(`^${LAYER}$`) }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'layer' }, ({ path }) => ({
      contents: `module.exports = require('${LAYER}')[${JSON.stringify(path)}];`,
      resolveDir: root,
    }));
  },
};

/** What template.yaml says for every function; a template test checks that it does. */
const AS_DEPLOYED: BuildOptions = {
  format: 'cjs',
  target: 'node24',
  minify: true,
  mainFields: ['module', 'main'],
  supported: { 'dynamic-import': false },
  alias: { '@aws-sdk/credential-provider-node': './functions/shared/aws/environment-credentials.ts' },
};
const { mainFields: _mainFields, ...COMMONJS } = AS_DEPLOYED;
const { supported: _supported, ...DYNAMIC_IMPORT } = AS_DEPLOYED;
const { alias: _alias, ...CREDENTIAL_CHAIN } = AS_DEPLOYED;
const USED_MAP = { ...AS_DEPLOYED, sourcemap: true };

const VARIANTS: Record<string, BuildOptions> = {
  'as deployed': AS_DEPLOYED,
  layer: { ...AS_DEPLOYED, plugins: [fromLayer] },
  'CommonJS sources': COMMONJS,
  'CommonJS sources, layer': { ...COMMONJS, plugins: [fromLayer] },
  'dynamic imports kept': DYNAMIC_IMPORT,
  'whole credential chain': CREDENTIAL_CHAIN,
  'as SAM does it unasked': { format: 'cjs', target: 'es2020', minify: true },
  'not minified': { ...AS_DEPLOYED, minify: false },
  'source map in the file': { ...AS_DEPLOYED, sourcemap: 'inline' },
  'source map beside the file': { ...AS_DEPLOYED, sourcemap: true },
  'source map beside the file, used': USED_MAP,
};

const ORDER_ID = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

const FUNCTIONS: Record<string, { event: object; isAnswered: (result: unknown) => boolean }> = {
  'create-order': {
    event: JSON.parse(readFileSync(join(root, 'events/create-order/sample-order.json'), 'utf8')),
    isAnswered: (result) => (result as { statusCode?: number }).statusCode === 202,
  },
  validate: {
    event: { orderId: ORDER_ID, createdAt: '2026-01-01T00:00:00.000Z', executionId: ORDER_ID },
    isAnswered: (result) => (result as { total?: number }).total === 8997,
  },
};

/* ---------------------------------------------------------------- the services */

/** Answers like DynamoDB and SQS do, at once and from memory. It runs in a process of its own. */
const SERVICES = `
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const product = (id, price) => ({ productId: { S: id }, name: { S: id }, price: { N: String(price) }, currency: { S: 'USD' },
  available: { N: '10000' }, reserved: { N: '0' }, sold: { N: '0' } });
const products = { 'PROD-001': product('PROD-001', 1999), 'PROD-002': product('PROD-002', 4999) };
const line = (id, quantity, price) => ({ M: { productId: { S: id }, name: { S: id }, quantity: { N: String(quantity) }, unitPrice: { N: String(price) } } });
const order = (id) => ({ orderId: { S: id }, createdAt: { S: '2026-01-01T00:00:00.000Z' }, status: { S: 'PROCESSING' },
  executionId: { S: id }, customerId: { S: 'c' }, total: { N: '8997' }, currency: { S: 'USD' },
  items: { L: [line('PROD-001', 2, 1999), line('PROD-002', 1, 4999)] }, history: { L: [] } });
const answers = {
  BatchGetItem: ({ RequestItems }) => ({ UnprocessedKeys: {}, Responses: Object.fromEntries(Object.entries(RequestItems)
    .map(([table, { Keys }]) => [table, Keys.map((key) => products[key.productId.S]).filter(Boolean)])) }),
  GetItem: () => ({}), PutItem: () => ({}), TransactWriteItems: () => ({}),
  UpdateItem: ({ Key }) => ({ Attributes: order(Key.orderId.S) }),
  SendMessage: ({ MessageBody }) => ({ MessageId: 'm', MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }),
};
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; }).on('end', () => {
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(answers[operation](JSON.parse(body))));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** What Lambda's runtime does that takes time: load a function, pass it one event, wait for the answer. */
const RUNTIME = `
const [, , bundle, eventFile] = process.argv;
const event = JSON.parse(require('node:fs').readFileSync(eventFile, 'utf8'));
const context = { awsRequestId: 'r', functionName: 'f', functionVersion: '1', memoryLimitInMB: '512',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f', getRemainingTimeInMillis: () => 10000 };
const write = process.stdout.write.bind(process.stdout);
const log = [];
process.stdout.write = (text) => log.push(text) > 0;
console.log = console.info = console.error = console.warn = console.debug = (text) => log.push(text);
const cpu = process.cpuUsage();
const start = performance.now();
const { handler } = require(bundle);
const loaded = performance.now();
handler(event, context).then((result) => {
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  write(JSON.stringify({ load: loaded - start, total: end - start, cpu: (user + system) / 1000, result, log }) + '\\n', () => process.exit(0));
});
`;

async function startServices(file: string): Promise<{ process: ChildProcess; port: string }> {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  return { process: child, port };
}

/* ---------------------------------------------------------------- building and measuring */

/** The bytes that a file, and its source map where it has one, take in a deployment package. */
const zipped = (file: string): number =>
  [file, `${file}.map`].filter(existsSync).reduce((sum, part) => sum + deflateRawSync(readFileSync(part)).length, 0);

const bundled = (name: string, flags: BuildOptions, outfile: string) =>
  build({
    ...flags,
    absWorkingDir: root,
    entryPoints: [`functions/${name}/handler.ts`],
    bundle: true,
    platform: 'node',
    outfile,
    logLevel: 'error',
  });

async function reportSizes(variants: [string, BuildOptions][], layerFile: string, directory: string): Promise<void> {
  const names = globSync('functions/*/handler.ts', { cwd: root }).map((file) => basename(dirname(file)));
  console.log(`\nall ${names.length} functions, zipped\n| build | together | with the layer |\n|---|---|---|`);
  for (const [variant, flags] of variants) {
    let together = 0;
    for (const name of names) {
      const outfile = join(directory, variant, name, 'handler.js');
      await bundled(name, flags, outfile);
      together += zipped(outfile);
    }
    const layer = flags.plugins?.includes(fromLayer) ? zipped(layerFile) : 0;
    console.log(`| ${variant} | ${kilobytes(together)} | ${kilobytes(together + layer)} |`);
  }
}

interface Run {
  load: number;
  total: number;
  cpu: number;
  result: unknown;
  log: string[];
}

const median = (numbers: readonly number[]) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
};

async function measure(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cold-start-'));
  const rounds = Number(options.rounds);
  const wanted = options.only?.split('|');
  const variants = Object.entries(VARIANTS).filter(([name]) => !wanted || wanted.includes(name));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const runtime = file('runtime.cjs', RUNTIME);
  const services = await startServices(file('services.cjs', SERVICES));
  try {
    const layerFile = join(directory, 'nodejs/node_modules', LAYER, 'index.js');
    mkdirSync(join(layerFile, '..'), { recursive: true });
    await build({
      ...AS_DEPLOYED,
      absWorkingDir: root,
      stdin: {
        contents: LAYERED.map((name) => `exports[${JSON.stringify(name)}] = require(${JSON.stringify(name)});`).join(
          '\n',
        ),
        resolveDir: root,
      },
      bundle: true,
      platform: 'node',
      outfile: layerFile,
    });
    console.log(`layer: ${kilobytes(zipped(layerFile))} zipped`);

    await reportSizes(variants, layerFile, directory);
    for (const [name, { event, isAnswered }] of Object.entries(FUNCTIONS)) {
      const eventFile = file(`${name}.json`, JSON.stringify(event));
      const bundles = new Map<string, string>();
      for (const [variant, flags] of variants) {
        const bundle = join(directory, `${name}-${bundles.size}`, 'handler.js');
        await bundled(name, flags, bundle);
        bundles.set(variant, bundle);
      }
      const runs = new Map<string, Run[]>(variants.map(([variant]) => [variant, []]));
      // The first round warms the machine's file cache up and is not counted.
      for (let round = 0; round <= rounds; round += 1) {
        for (const [variant, bundle] of bundles) {
          const run = await coldStart(
            [runtime, bundle, eventFile],
            services.port,
            join(directory, 'nodejs/node_modules'),
          );
          if (!isAnswered(run.result)) throw new Error(`${name}, ${variant}: ${JSON.stringify(run)}`);
          if (round > 0) runs.get(variant)?.push(run);
        }
      }
      report(name, runs, bundles);
    }
  } finally {
    services.process.kill();
    rmSync(directory, { recursive: true });
  }
}

async function coldStart(args: string[], port: string, layer: string): Promise<Run> {
  const { stdout } = await promisify(execFile)('taskset', ['-c', options.core, process.execPath, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_PATH: layer,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
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
      ORDERS_TABLE: 'orders',
      PRODUCTS_TABLE: 'products',
      ORDER_QUEUE_URL: `http://127.0.0.1:${port}/000000000000/orders`,
      ALLOWED_ORIGIN: '*',
    },
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as Run;
}

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(0)} KB`;

function report(name: string, runs: ReadonlyMap<string, readonly Run[]>, bundles: ReadonlyMap<string, string>): void {
  console.log(`\n${name}: median of ${options.rounds} cold starts, milliseconds; ratio to the first line`);
  console.log('| build | load + first request | ratio | load | CPU | ratio | fastest | zipped |');
  console.log('|---|---|---|---|---|---|---|---|');
  const first = [...runs.values()][0] ?? [];
  for (const [variant, of] of runs) {
    const total = median(of.map((run) => run.total));
    const cpu = median(of.map((run) => run.cpu));
    const bundle = bundles.get(variant) ?? '';
    console.log(
      `| ${[
        variant,
        total.toFixed(1),
        (total / median(first.map((run) => run.total))).toFixed(3),
        median(of.map((run) => run.load)).toFixed(1),
        cpu.toFixed(1),
        (cpu / median(first.map((run) => run.cpu))).toFixed(3),
        Math.min(...of.map((run) => run.total)).toFixed(1),
        kilobytes(zipped(bundle)),
      ].join(' | ')} |`,
    );
  }
}

await measure();
