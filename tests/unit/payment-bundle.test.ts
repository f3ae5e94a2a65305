import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(__dirname, '..', '..');
const MODULES = {
  stripe: /node_modules\/stripe\/(cjs|esm)\/stripe\.[a-z.]+\.js$/,
  'secrets-manager': /node_modules\/@aws-sdk\/client-secrets-manager\/.*index\.js$/,
  'stripe-provider': /functions\/shared\/payment-providers\/stripe-provider\.ts$/,
  'sandbox-provider': /functions\/shared\/payment-providers\/sandbox-provider\.ts$/,
} as const;
type Module = keyof typeof MODULES;

/** Has each of the modules say, when it is evaluated, that it is; nothing else of the bundle is changed. */
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
  let folder: string;
  let included: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payment-bundle-'));
    // As the template has it built.
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
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Loads the bundle in a process of its own, and then authorizes, which goes no further than the first call out. */
  function evaluatedWith(provider: string): { loaded: Module[]; used: Module[] } {
    const script = `
      globalThis.evaluated = [];
      const { handler } = require('./handler.js');
      const loaded = [...new Set(evaluated)];
      const event = { operation: 'authorize', orderId: 'o', createdAt: 'c', executionId: 'e' };
      handler(event, {}).catch(() => undefined).then(() => {
        process.stderr.write(JSON.stringify({ loaded, used: [...new Set(evaluated)] }));
        process.exit(0);
      });`;
    const { stderr, status } = spawnSync(process.execPath, ['-e', script], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ORDERS_TABLE: 'orders',
        PAYMENTS_TABLE: 'payments',
        OPERATIONS_TABLE: 'operations',
        PAYMENT_PROVIDER: provider,
        STRIPE_SECRET_NAME: 'stripe-api-key',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        AWS_MAX_ATTEMPTS: '1',
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^\{.*\}$/) });
    return JSON.parse(stderr);
  }

  it('holds both adapters, one of which it loads', () => {
    for (const filter of Object.values(MODULES)) {
      expect(included.some((path) => filter.test(`/${path}`))).toBe(true);
    }
  });

  it("does not evaluate Stripe's client, nor that of its secret, when the sandbox takes the payments", () => {
    const { loaded, used } = evaluatedWith('sandbox');
    expect(loaded).toEqual(['sandbox-provider']);
    expect(used).toEqual(['sandbox-provider']);
  });

  it('does not evaluate the sandbox when Stripe takes them, and its client only when it is needed', () => {
    const { loaded, used } = evaluatedWith('stripe');
    expect(loaded).toEqual(['stripe-provider']);
    expect(used).not.toContain('sandbox-provider');
  });
});
