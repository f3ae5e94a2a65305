import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Says of `npm run invoke` what it prints where something is missing. Neither Docker nor the local cloud is used. */

let cloud: Server;
let endpoint: string;

beforeAll(async () => {
  cloud = createServer((_request, response) => response.end('{}'));
  await new Promise<void>((listening) => cloud.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => cloud.close(closed)));

interface Machine {
  /** What the `docker` of this machine does, as shell text; none without it. */
  docker?: string;
  /** The address at which the running cloud is known, and at which containers were told to reach it. */
  cloud?: { endpoint: string; inContainers: string };
}

/** An answering Docker whose bridge is an address of this machine. */
const DOCKER = 'case "$1" in network) echo \'[{"Gateway":"127.0.0.1"}]\' ;; esac';
const NOBODY = 'http://127.0.0.1:9';

async function invoke(name: string, machine: Machine): Promise<{ status: number; stderr: string }> {
  const folder = temporaryFolder('invoke');
  symlinkSync(resolve('events'), join(folder, 'events'));
  for (const one of ['bin', '.local', '.aws-sam/build']) mkdirSync(join(folder, one), { recursive: true });
  writeFileSync(join(folder, '.aws-sam/build/template.yaml'), '');
  if (machine.docker !== undefined) {
    writeFileSync(join(folder, 'bin/docker'), `#!/bin/sh\n${machine.docker}\n`, { mode: 0o755 });
  }
  if (machine.cloud) {
    const environment = { CreateOrderFunction: { AWS_ENDPOINT_URL: machine.cloud.inContainers } };
    writeFileSync(join(folder, '.local/stack.json'), JSON.stringify({ endpoint: machine.cloud.endpoint }));
    writeFileSync(join(folder, '.local/env.json'), JSON.stringify(environment));
  }
  const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', resolve('tests/invoke/invoke.ts'), name];
  const options = { cwd: folder, env: { PATH: join(folder, 'bin') } };
  return new Promise((done) => {
    execFile(process.execPath, args, options, (error, _stdout, stderr) => {
      done({ status: Number(error?.code ?? 0), stderr });
    });
  });
}

const down = 'The local cloud is not running: `npm start -- --detach` starts it.\n';
const later =
  'Docker was started after the local cloud, which containers cannot reach: `npm stop`, then `npm start -- --detach`.\n';

test.each<[string, string, () => Machine]>([
  ['no Docker', 'There is no `docker` here, and `sam local invoke` runs functions in containers.\n', () => ({})],
  [
    'a Docker that does not run',
    'Docker is installed and does not answer: start it first, then the local cloud.\n',
    () => ({ docker: 'exit 1' }),
  ],
  ['no cloud', down, () => ({ docker: DOCKER })],
  [
    'the files of a cloud that has crashed',
    down,
    () => ({ docker: DOCKER, cloud: { endpoint: NOBODY, inContainers: NOBODY } }),
  ],
  [
    'a cloud that was started before Docker',
    later,
    () => ({ docker: DOCKER, cloud: { endpoint, inContainers: 'http://host.docker.internal:4566' } }),
  ],
  ['a cloud at a bridge that is no more', later, () => ({ docker: DOCKER, cloud: { endpoint, inContainers: NOBODY } })],
])('npm run invoke with %s says so in one line', async (_name, line, machine) => {
  expect(await invoke('create-order/sample-order', machine())).toEqual({ status: 1, stderr: line });
});

test('npm run invoke with a name that is none says which there are', async () => {
  const { status, stderr } = await invoke('create-order/nothing', {});
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Usage: npm run invoke -- <function>\/<scenario>, .* create-order\/sample-order, .*\n$/);
});
