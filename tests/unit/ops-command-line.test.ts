import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// The command line as a process of its own, in a folder whose local cloud is a server of this test: what it prints and
// how it ends. What the commands do is shown on the local cloud, by tests/e2e/ops.test.ts.

// Each test starts processes, which takes seconds on a machine that has other work.
jest.setTimeout(60_000);

const PROBLEM = { type: 'about:blank', title: 'Conflict', status: 409, detail: 'it has ended', code: 'NOT_RETRYABLE' };
const ORDER = '0b7d3c5a-0000-4000-8000-000000000001';
const OVERVIEW_PAGE = {
  items: [{ orderId: ORDER, createdAt: '2026-11-21T10:00:00.000Z', status: 'NEEDS_ATTENTION', customerId: 'c' }],
};

let server: Server;
let folder: string;
/** What the server was asked, as method and path with the body. */
let asked: { route: string; body: string }[];
let answers: Record<string, { status: number; body: unknown }>;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { status, body } = await answerTo(request);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  });
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'ops-'));
  mkdirSync(join(folder, '.local'));
  const operator = { email: 'operator@example.com', password: 'Local-operator-1' };
  const stack = { endpoint, region: 'us-east-1', apiUrl: endpoint, apiKey: 'the key', operator, outputs: {} };
  writeFileSync(join(folder, '.local/stack.json'), JSON.stringify(stack));
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  asked = [];
  answers = {
    'GET /_ministack/health': { status: 200, body: {} },
    'POST /auth': { status: 200, body: { idToken: 'a token', accessToken: 'another', expiresIn: 3600 } },
    'GET /orders': { status: 200, body: OVERVIEW_PAGE },
    [`POST /orders/${ORDER}/retry`]: { status: 409, body: PROBLEM },
    'POST /admin/dlq/replay': { status: 202, body: { replayed: [], failed: [], notFound: ['gone'] } },
  };
});

async function answerTo(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const route = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
  asked.push({ route, body: Buffer.concat(chunks).toString('utf8') });
  return answers[route] ?? { status: 404, body: { ...PROBLEM, status: 404, code: 'NOT_FOUND', detail: route } };
}

interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function ops(...args: string[]): Promise<Run> {
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', resolve('ops/main.ts')];
  const { OPS_EMAIL: _, ...env } = process.env;
  return new Promise((done) => {
    const child = execFile(process.execPath, [...flags, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      done({ exitCode: Number((error as { code?: number } | null)?.code ?? 0), stdout, stderr });
    });
    child.stdin?.end();
  });
}

const changes = () => asked.filter(({ route }) => !/^GET |POST \/auth/.test(route));

describe('a command that was done', () => {
  test('ends with 0, and prints a table', async () => {
    const { exitCode, stdout, stderr } = await ops('orders', 'list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^order .*\\n${ORDER}  2026-11-21 10:00:00  NEEDS_ATTENTION$`, 'm'));
  });

  test('prints one JSON document and nothing else with --json, wherever that stands', async () => {
    for (const args of [
      ['--json', 'orders', 'list'],
      ['orders', 'list', '--json'],
    ]) {
      const { exitCode, stdout, stderr } = await ops(...args);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({ ...OVERVIEW_PAGE, isAll: true });
    }
  });

  test.each([[['--help']], [['orders', '--help']], [['orders', 'retry', '--help']]])(
    '%p tells how, and asks nobody',
    async (args) => {
      const { exitCode, stdout } = await ops(...args);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^Usage: ops /);
      expect(asked).toEqual([]);
    },
  );
});

describe('a command that was refused', () => {
  test('ends with 1, and says why on standard error', async () => {
    const { exitCode, stdout, stderr } = await ops('orders', 'retry', ORDER, '--reason', 'the provider is back');
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 1, stdout: '', stderr: 'NOT_RETRYABLE: it has ended\n' });
    expect(changes()).toEqual([
      { route: `POST /orders/${ORDER}/retry`, body: JSON.stringify({ reason: 'the provider is back' }) },
    ]);
  });

  test('is one JSON document too', async () => {
    const { exitCode, stdout, stderr } = await ops('orders', 'retry', ORDER, '--reason', 'again', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'NOT_RETRYABLE', message: 'it has ended' } });
  });

  test('ends with 1 when the operator may not sign in', async () => {
    const detail = 'e-mail and password do not match';
    answers['POST /auth'] = { status: 401, body: { ...PROBLEM, status: 401, code: 'UNAUTHORIZED', detail } };
    expect(await ops('orders', 'list')).toEqual({ exitCode: 1, stdout: '', stderr: `UNAUTHORIZED: ${detail}\n` });
  });

  test('ends with 1 when a part was not done', async () => {
    const { exitCode, stdout } = await ops('dlq', 'replay', 'gone', '--reason', 'again');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^gone was not found/);
  });

  test('ends with 1 when nothing answers', async () => {
    answers['GET /_ministack/health'] = { status: 503, body: {} };
    const { exitCode, stderr } = await ops('orders', 'list');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Failure: The local cloud is not running: /);
  });
});

describe('wrong usage', () => {
  test.each([
    ['no command', []],
    ['a noun without a verb', ['orders']],
    ['a noun that there is not', ['parcels']],
    ['a verb that there is not', ['orders', 'eat']],
    ['an option that there is not', ['orders', 'list', '--colour', 'red']],
    ['a status that there is not', ['orders', 'list', '--status', 'LOST']],
    ['a limit that is no number', ['orders', 'list', '--limit', 'many']],
    ['no order', ['orders', 'retry', '--reason', 'why not']],
    ['a change without a reason', ['orders', 'retry', ORDER]],
    ['an empty reason', ['orders', 'cancel', ORDER, '--reason', ' ']],
    ['a replay of nothing', ['dlq', 'replay', '--reason', 'again']],
    ['a replay of all and of one', ['dlq', 'replay', 'one', '--all', '--reason', 'again']],
    ['a discard of nothing', ['dlq', 'discard', '--reason', 'poison']],
    ['stock without a number', ['stock', 'change', 'PROD-001', '--reason', 'counted']],
    ['a time that is none', ['logs', 'tail', '--since', 'yesterday']],
    ['a document without an end', ['logs', 'tail', '--follow', '--json']],
    ['a profile without a stack', ['status', '--profile', 'prod']],
  ])('%s ends with 2, and changes nothing', async (_, args) => {
    const { exitCode, stdout, stderr } = await ops(...args);
    expect(exitCode).toBe(2);
    if (args.includes('--json')) {
      expect(JSON.parse(stdout)).toEqual({ error: { code: 'WrongUsage', message: expect.any(String) } });
    } else {
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
    }
    expect(changes()).toEqual([]);
  });

  test('with --json is one JSON document', async () => {
    const { exitCode, stdout, stderr } = await ops('orders', 'list', '--status', 'LOST', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'WrongUsage', message: expect.stringContaining('LOST') });
  });
});

test('completion suggests nouns, verbs and options', async () => {
  const { stdout: nouns } = await ops('complete', '--', '');
  expect(nouns).toMatch(/^dlq\t/m);
  const { stdout: verbs } = await ops('complete', '--', 'dlq', '');
  expect(verbs).toMatch(/^replay\t/m);
  const { stdout: options } = await ops('complete', '--', 'orders', 'retry', '--');
  expect(options).toMatch(/^--reason\t/m);
  const { stdout: script } = await ops('complete', 'bash');
  expect(script).toContain('complete -F');
});

test('a fresh clone without its packages is told so in one line', () => {
  mkdirSync(join(folder, 'ops'));
  copyFileSync('ops/ops.mjs', join(folder, 'ops/ops.mjs'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'ops/ops.mjs'), 'status', '--json'], {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'The packages are not installed: run `npm ci` once.\n',
  });
});
