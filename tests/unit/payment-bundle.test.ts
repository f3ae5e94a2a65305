import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { build, type Plugin } from 'esbuild';

const root = join(__dirname, '..', '..');
const MODULES = {
  stripe: /node_modules\/stripe\/(cjs|esm)\/stripe\.[a-z.]+\.js$/,
  'secrets-manager': /node_modules\/@aws-sdk\/client-secrets-manager\/.*index\.js$/,
  'stripe-provider': /functions\/shared\/payments\/providers\/stripe-provider\.ts$/,
  'sandbox-provider': /functions\/shared\/payments\/providers\/sandbox-provider\.ts$/,
} as const;
type Module = keyof typeof MODULES;

/** Makes each of the modules record that it is evaluated. Nothing else of the bundle changes. */
const tellWhatIsEvaluated: Plugin = {
  name: 'tell-what-is-evaluated',
  setup({ onLoad }) {
    for (const [name, filter] of Object.entries(MODULES)) {
      onLoad({ filter }, ({ path }) => ({
        contents: `${readFileSync(path, 'utf8')}\n;globalThis.evaluated.push(${JSON.stringify(name)});`,
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }));
    }
  },
};

describe('the bundle of the payment function', () => {
  let aws: Server;
  let folder: string;
  let included: string[];

  beforeAll(async () => {
    aws = createServer(async (request, response) => {
      const { TableName } = JSON.parse(await text(request));
      const order = { orderId: { S: 'o' }, createdAt: { S: 'c' }, total: { N: '8997' }, currency: { S: 'USD' } };
      const answer = request.headers['x-amz-target']?.toString().endsWith('GetSecretValue')
        ? { SecretString: 'no key at all' }
        : TableName === 'orders'
          ? { Item: order }
          : {};
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    });
    aws.listen(0, '127.0.0.1');
    await once(aws, 'listening');
    folder = mkdtempSync(join(tmpdir(), 'payment-bundle-'));
    // As template.yaml has it built.
    const { metafile } = await build({
      entryPoints: [join(root, 'functions/payment/handler.ts')],
      outfile: join(folder, 'handler.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      minify: true,
      metafile: true,
      logLevel: 'silent',
      plugins: [tellWhatIsEvaluated],
    });
    included = Object.keys(metafile.inputs);
  }, 60_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    aws.closeAllConnections();
    aws.close();
  });

  /**
   * Loads the bundle in a process of its own and then authorizes. The secret holds no key, so that Stripe's client is
   * loaded and calls nobody.
   */
  async function evaluatedWith(provider: string): Promise<{ loaded: Module[]; used: Module[]; error?: string }> {
    const script = `
      globalThis.evaluated = [];
      const { handler } = require('./handler.js');
      const loaded = [...new Set(evaluated)];
      const event = { operation: 'authorize', orderId: 'o', createdAt: 'c', executionId: 'e' };
      handler(event, {}).then(() => undefined, ({ message }) => message).then((error) => {
        require('node:fs').writeSync(3, JSON.stringify({ loaded, used: [...new Set(evaluated)], error }));
        process.exit(0);
      });`;
    const child = spawn(process.execPath, ['-e', script], {
      cwd: folder,
      // The log is dropped. The findings come through file descriptor 3.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: {
        ORDERS_TABLE: 'orders',
        PAYMENTS_TABLE: 'payments',
        OPERATIONS_TABLE: 'operations',
        PAYMENT_PROVIDER: provider,
        STRIPE_SECRET_NAME: 'stripe-api-key',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
        AWS_MAX_ATTEMPTS: '1',
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
    });
    const [found] = await Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
    return JSON.parse(found);
  }

  test('holds both adapters', () => {
    for (const filter of Object.values(MODULES)) {
      expect(included.some((path) => filter.test(`/${path}`))).toBe(true);
    }
  });

  test("does not evaluate Stripe's client, nor that of its secret, when the sandbox takes the payments", async () => {
    const { loaded, used } = await evaluatedWith('sandbox');
    expect(loaded).toEqual(['sandbox-provider']);
    expect(used).toEqual(['sandbox-provider']);
  });

  test('does not evaluate the sandbox when Stripe takes them, and its client only when it is needed', async () => {
    const { loaded, used, error } = await evaluatedWith('stripe');
    expect(loaded).toEqual(['stripe-provider']);
    expect(used.sort()).toEqual(['secrets-manager', 'stripe', 'stripe-provider']);
    expect(error).toMatch(/does not hold a key/);
  });
});
