import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Its release whose specification is the version of the API that the adapter pins: each moves with the other. */
const VERSION = 'v0.203.0';
const FOLDER = join(__dirname, '..', '..', '.local', `stripe-mock-${VERSION}`);
const PROGRAM = join(FOLDER, 'stripe-mock');

export const WITHOUT_GO = `needs Go, which is not on the PATH: install it to have stripe-mock ${VERSION} built and asked`;

/** Whether stripe-mock is here or can be built here. */
export function canRunStripeMock(): boolean {
  return existsSync(PROGRAM) || spawnSync('go', ['version']).status === 0;
}

export interface StripeMock {
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts Stripe's own mock server on a free port of this machine, built first when it is not there yet. It refuses
 * every request that its API specification does not allow, and every version but its own. It keeps no state.
 *
 * @throws Error with what Go said when it cannot be built.
 */
export async function startStripeMock(): Promise<StripeMock> {
  if (!existsSync(PROGRAM)) build();
  const mock = spawn(PROGRAM, ['-http-addr', '127.0.0.1:0', '-strict-version-check'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { port: await listeningPort(mock), stop: () => end(mock) };
}

function build(): void {
  mkdirSync(FOLDER, { recursive: true });
  const { status, stderr } = spawnSync('go', ['install', `github.com/stripe/stripe-mock@${VERSION}`], {
    env: { ...process.env, GOBIN: FOLDER },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`stripe-mock ${VERSION} could not be built: ${stderr}`);
}

function listeningPort(mock: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    mock.once('error', reject);
    mock.once('exit', (code) => reject(new Error(`stripe-mock ended with ${code}: ${said}`)));
    mock.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      const port = /Listening for HTTP at address: \S+:(\d+)/.exec(said)?.[1];
      if (port) resolve(Number(port));
    });
  });
}

async function end(mock: ChildProcess): Promise<void> {
  if (mock.exitCode !== null) return;
  const gone = new Promise((resolve) => mock.once('exit', resolve));
  mock.kill();
  await gone;
}
