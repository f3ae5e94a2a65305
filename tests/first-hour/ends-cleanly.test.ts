import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { freePort } from '../../local/free-port.ts';
import { copyProject, HANG, type ProjectCopy, type Started } from '../support/project-copy.ts';
import { waitFor } from '../support/wait-for.ts';

// What starts and ends the local cloud, with light programs in the place of the cloud itself.

let project: ProjectCopy;
let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
  project.remove();
});

const seen = (what: string, probe: () => boolean) => waitFor(what, async () => probe(), { everyMs: 50 });

/** What `npm start` runs after the install; it is up when it says so. */
async function startUp(...args: string[]): Promise<Started> {
  const started = project.start([`${project.folder}/local/start.ts`, '--port', String(await freePort()), ...args]);
  await seen('the local cloud', () => /It (runs until|keeps running)/.test(started.output()));
  return started;
}

async function stop(): Promise<string> {
  const stopped = project.start(['local/stop.mjs']);
  expect(await stopped.ended).toBe(0);
  return stopped.output().trim();
}

describe('the port', () => {
  async function bootstrap(port: number): Promise<{ output: string; status: unknown }> {
    const started = project.start(['local/bootstrap.mjs', 'start.ts', '--port', String(port)]);
    const status = await started.ended;
    return { output: started.output().trim(), status };
  }

  beforeEach(() => {
    project = copyProject({ withPackages: false });
    for (const name of ['npm', 'python3']) project.command(name, '#!/bin/sh\necho installed >> "$0.ran"\nexit 1\n');
  });

  const nothingWasInstalled = () =>
    !existsSync(`${project.folder}/bin/npm.ran`) && !existsSync(`${project.folder}/.venv`);

  test('a port in use names what holds it, and the way out, before anything is installed', async () => {
    const port = await freePort();
    server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const { output, status } = await bootstrap(port);
    expect(output).toMatch(
      new RegExp(
        `^Port ${port} is in use by process ${process.pid} \\(.*\\)\\. Stop it, or choose another port: npm start -- --port \\d+$`,
      ),
    );
    expect(status).toBe(1);
    expect(nothingWasInstalled()).toBe(true);
  });

  test('an orphan of our own is named as that, and npm stop ends it', async () => {
    const port = await freePort();
    project.write(
      'local/edge.ts',
      `require('node:http').createServer().listen(${port}, '127.0.0.1', () => console.log('up'));\n`,
    );
    const orphan = project.start([`${project.folder}/local/edge.ts`]);
    await seen('the program', () => orphan.output().includes('up'));
    const { output } = await bootstrap(port);
    expect(output).toBe(
      `Port ${port} is in use by process ${orphan.child.pid}, left over from a local cloud of this folder: \`npm stop\` ends it.`,
    );
    expect(nothingWasInstalled()).toBe(true);
    expect(await stop()).toBe('The local cloud has stopped.');
    expect(project.processes()).toEqual([]);
  });

  test("another folder's local cloud is named with its folder", async () => {
    const other = copyProject({ withPackages: false });
    try {
      const port = await freePort();
      other.write(
        'local/edge.ts',
        `require('node:http').createServer().listen(${port}, '127.0.0.1', () => console.log('up'));\n`,
      );
      const edge = other.start([`${other.folder}/local/edge.ts`]);
      await seen('the program', () => edge.output().includes('up'));
      const { output } = await bootstrap(port);
      expect(output).toContain(
        `process ${edge.child.pid}, the local cloud of ${other.folder}. Run \`npm stop\` there, or`,
      );
      // Nothing here ends it.
      expect(await stop()).toBe('The local cloud was not running.');
      expect(other.processes()).toHaveLength(1);
    } finally {
      other.remove();
    }
  });

  test('what is no port is refused', async () => {
    const { output, status } = await bootstrap(70_000);
    expect(output).toContain('70000 is not a port.');
    expect(status).toBe(1);
    expect(nothingWasInstalled()).toBe(true);
  });
});

describe('the install', () => {
  test.each([
    ['SIGINT', 'start.ts'],
    ['SIGTERM', 'start.ts'],
    ['SIGHUP', 'start.ts'],
    ['SIGINT', 'test.ts'],
  ] as const)('%s leaves no half environment and no process, when %s wants it', async (signal, program) => {
    project = copyProject({ withPackages: false });
    project.write('hang.mjs', HANG);
    const hang = `'${process.execPath}' '${project.folder}/hang.mjs'`;
    project.command('npm', `#!/bin/sh\nmkdir -p node_modules/half\n${hang}\n`);
    project.command(
      'python3',
      `#!/bin/sh\nif [ "$1" = -c ]; then echo 3 12 0 1; exit; fi\nmkdir -p "$3/bin"\n${hang}\n`,
    );
    const started = project.start(['local/bootstrap.mjs', program, '--port', String(await freePort())]);
    const { folder } = project;
    const half = () => existsSync(`${folder}/node_modules/half`) && existsSync(`${folder}/.venv/ministack/bin`);
    await seen('both installs', half);
    started.signal(signal);
    expect(await started.ended).toBe(130);
    expect(started.output()).toContain(
      '\nInterrupted. What was half installed is removed; the next start installs it.\n',
    );
    expect(existsSync(`${folder}/node_modules`)).toBe(false);
    expect(readdirSync(`${folder}/.venv`)).toEqual([]);
    expect(project.processes()).toEqual([]);
  });
});

describe('the end', () => {
  beforeEach(() => {
    project = copyProject();
    project.write('hang.mjs', HANG);
  });

  test.each([
    ['SIGINT', 'Stopping'],
    ['SIGTERM', 'Stopping, because `npm stop` or another program asked for it'],
    ['SIGHUP', 'Stopping, because the terminal has closed'],
  ] as const)('%s ends everything, and says why', async (signal, words) => {
    const started = await startUp();
    expect(project.processes()).toHaveLength(4);
    started.signal(signal);
    expect(await started.ended).toBe(0);
    expect(started.output().trim().split('\n').at(-1)).toBe(words);
    expect(project.processes()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGHUP'] as const)('%s while something is built ends that too', async (signal) => {
    const started = project.start([`${project.folder}/local/start.ts`, '--port', String(await freePort())], {
      slow: true,
    });
    await seen('the program', () => project.processes().some((line) => line.includes('hang.mjs')));
    started.signal(signal);
    expect(await started.ended).toBe(130);
    expect(project.processes()).toEqual([]);
  });

  test('npm stop from another terminal ends npm start, which says so in one line', async () => {
    const started = await startUp();
    const before = started.output();
    expect(await stop()).toBe('The local cloud has stopped.');
    expect(await started.ended).toBe(0);
    expect(started.output().slice(before.length).trim()).toBe(
      'Stopping, because `npm stop` or another program asked for it',
    );
    expect(project.processes()).toEqual([]);
    expect(await stop()).toBe('The local cloud was not running.');
  });

  test('a second npm start is refused, and the first goes on', async () => {
    const started = await startUp();
    const running = project.processes();
    const second = project.start([`${project.folder}/local/start.ts`, '--port', String(await freePort())]);
    expect(await second.ended).toBe(1);
    expect(second.output().trim()).toBe(
      `The local cloud of this folder is running already (process ${started.child.pid}): \`npm stop\` ends it.`,
    );
    expect(project.processes()).toEqual(running);
  });

  test('Ctrl-C ends everything after .local was deleted', async () => {
    const started = await startUp();
    rmSync(`${project.folder}/.local`, { recursive: true });
    started.signal('SIGINT');
    expect(await started.ended).toBe(0);
    expect(project.processes()).toEqual([]);
  });

  test('npm stop ends a detached cloud after .local was deleted', async () => {
    const started = await startUp('--detach');
    expect(await started.ended).toBe(0);
    rmSync(`${project.folder}/.local`, { recursive: true });
    expect(project.processes()).toHaveLength(3);
    expect(await stop()).toBe('The local cloud has stopped.');
    expect(project.processes()).toEqual([]);
  });

  test('npm stop ends a detached cloud after git clean -xfd', async () => {
    const started = await startUp('--detach');
    expect(await started.ended).toBe(0);
    // Everything that git ignores.
    for (const path of ['.local', '.venv', 'node_modules'])
      rmSync(`${project.folder}/${path}`, { recursive: true, force: true });
    expect(await stop()).toBe('The local cloud has stopped.');
    expect(project.processes()).toEqual([]);
  });

  test('npm stop ends the workers of an emulator that crashed, and removes what it left in .local/tmp', async () => {
    const worker = `${project.folder}/.local/tmp/ministack-lambda-validate-1/_worker.js`;
    project.write('.local/tmp/ministack-lambda-validate-1/_worker.js', HANG);
    project.start([worker]);
    await seen('the program', () => project.processes().length === 1);
    expect(await stop()).toBe('The local cloud has stopped.');
    expect(project.processes()).toEqual([]);
    expect(existsSync(`${project.folder}/.local/tmp`)).toBe(false);
  });

  test('an editor that has a program of the cloud open is left alone', async () => {
    project.command(
      'editor',
      `#!/bin/sh\n'${process.execPath}' '${project.folder}/hang.mjs' '${project.folder}/local/edge.ts'\n`,
    );
    project.start([`${project.folder}/local/edge.ts`], { command: `${project.folder}/bin/editor` });
    await seen('the program', () => project.processes().some((line) => line.includes('hang.mjs')));
    const running = project.processes();
    expect(await stop()).toBe('The local cloud was not running.');
    expect(project.processes()).toEqual(running);
  });
});

test('a folder that cannot be written is said in one line', async () => {
  project = copyProject({ withPackages: false });
  // Root may write everywhere; nobody may not write what belongs to root.
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  chmodSync(project.folder, 0o555);
  const started = project.start(['local/bootstrap.mjs', 'start.ts', '--port', String(await freePort())], asNobody);
  expect(await started.ended).toBe(1);
  expect(started.output().trim()).toBe(
    `${project.folder} cannot be written (EACCES), and everything is installed into this folder.`,
  );
  chmodSync(project.folder, 0o755);
});

describe('without a local cloud', () => {
  beforeEach(() => {
    project = copyProject();
    symlinkSync(resolve('functions'), `${project.folder}/functions`);
    // The real one, and what it uses.
    cpSync('tests', `${project.folder}/tests`, { recursive: true });
    cpSync('local/local-cloud.ts', `${project.folder}/local/local-cloud.ts`);
  });

  const NOT_RUNNING = 'The local cloud is not running: `npm start -- --detach` starts it.';

  test.each([
    ['npm run seed', ['local/seed.ts'], `${NOT_RUNNING} A stack on AWS is named with: npm run seed -- --stack <name>`],
    ['the relay', ['local/relay.ts', 'start'], NOT_RUNNING],
    [
      'npm run storefront:deploy',
      ['local/publish-storefront.ts', '--stack', 'nowhere', '--endpoint', 'http://127.0.0.1:1'],
      'The stack nowhere cannot be read: connect ECONNREFUSED 127.0.0.1:1',
    ],
  ])('%s says so in one line', async (_, args, line) => {
    const started = project.start(args);
    expect(await started.ended).toBe(1);
    expect(started.output().trim()).toBe(line);
  });

  test('npm run test:cloud says so in one line', async () => {
    cpSync('jest.config.cjs', `${project.folder}/jest.config.cjs`);
    const jest = project.start(['node_modules/jest/bin/jest.js', '--selectProjects', 'cloud', '--ci']);
    expect(await jest.ended).toBe(1);
    expect(jest.output()).toContain(`${NOT_RUNNING}\n`);
    expect(jest.output()).not.toMatch(/ at .*:\d+:\d+/);
  });
});

test('the fuzzer refuses to use a cloud that runs', async () => {
  project = copyProject();
  const cloud = await startUp('--detach');
  expect(await cloud.ended).toBe(0);
  const running = project.processes();
  const fuzzer = project.start(['local/fuzz.ts']);
  expect(await fuzzer.ended).toBe(1);
  expect(fuzzer.output().trim()).toBe(
    'A local cloud runs in this folder, and the fuzzer would spoil it: it starts one of its own. `npm stop` ends yours.',
  );
  expect(project.processes()).toEqual(running);
});
