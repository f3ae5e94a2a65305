import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { REGION } from './aws-environment.ts';
import { portTrouble, runs, startProcess, stopProcess } from './processes.ts';
import { Failure } from './progress.mjs';
import { LOCAL_DIR } from './stack-file.ts';

export { awsEnvironment, REGION, ROOT } from './aws-environment.ts';

/** The emulator's account, unless a request names another. */
export const ACCOUNT = '000000000000';

/** An address and not a name, because `bucket.localhost` does not resolve everywhere. */
export function endpointOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** The address at which containers reach this machine. There is none with Docker Desktop, or without Docker. */
export async function dockerBridge(): Promise<string | undefined> {
  const { status, stdout } = spawnSync(
    'docker',
    ['network', 'inspect', 'bridge', '--format', '{{ json .IPAM.Config }}'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    },
  );
  // Without its daemon the command fails, and still prints an empty line.
  if (status !== 0) return undefined;
  const [network] = (JSON.parse(stdout) ?? []) as { Gateway?: string; Subnet?: string }[];
  // Docker does not always report the gateway. It is the first address of the network.
  const address = network?.Gateway ?? network?.Subnet?.replace(/\d+\/\d+$/, '1') ?? '';
  return address !== '' && (await canListen(0, address)) ? address : undefined;
}

/** The endpoint for the containers of `sam local`: at Docker's bridge, or at the name that Docker Desktop has. */
export async function endpointInContainers(port: number): Promise<string> {
  return `http://${(await dockerBridge()) ?? 'host.docker.internal'}:${port}`;
}

/** @throws Failure that says what runs already or has the port, and the way out */
export async function checkPort(port: number): Promise<void> {
  const trouble = await portTrouble(port);
  if (trouble !== undefined) throw new Failure(trouble);
}

/**
 * Starts MiniStack with the evaluation of IAM policies, and waits until it answers.
 *
 * @throws Failure when the port is in use, or when it does not come up
 */
export async function startMiniStack(port: number): Promise<void> {
  await checkPort(port);
  // An emulator that was killed left the code of its functions here.
  rmSync(`${LOCAL_DIR}/tmp`, { recursive: true, force: true });
  mkdirSync(`${LOCAL_DIR}/tmp`, { recursive: true });
  await startProcess('ministack', '.venv/ministack/bin/python', [], {
    // Functions inherit this environment, so that it holds nothing that AWS would not give them.
    PATH: `${resolve('node_modules/node/bin')}:${process.env.PATH}`,
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
    TMPDIR: resolve(`${LOCAL_DIR}/tmp`),
    AUTH: 'true',
    // A second key of the root. `sam local invoke` gives it to functions when nobody is signed in to AWS.
    AWS_ACCESS_KEY_ID: 'defaultkey',
    // Everybody who reaches the emulator can run code on this machine. So it does not listen to the network.
    BIND_HOST: '127.0.0.1',
    ALSO_BIND: await dockerBridge(),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // Lambda tells every function where it runs and where the daemon of X-Ray is. Without the first, the tracer is off.
    // Here traces go to a UDP port at which nobody listens but a test that wants to see them.
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${port}`,
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: REGION,
    // On AWS nobody gets a token when the trigger before it fails.
    MINISTACK_COGNITO_PRETOKEN_STRICT: '1',
    // Waits and the pauses between retries; timeouts stay as they are.
    SFN_WAIT_SCALE: '0.1',
  });
  for (const deadline = Date.now() + 60_000; ; await pause(200)) {
    if (await answers(`${endpointOf(port)}/_ministack/health`)) return;
    if (!runs('ministack') || Date.now() > deadline) {
      await stopProcess('ministack');
      throw new Failure(`MiniStack did not come up; its log is ${LOCAL_DIR}/ministack.log`);
    }
  }
}

function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((found) => {
    const server = createServer();
    server.on('error', () => found(false));
    server.listen(port, address, () => server.close(() => found(true)));
  });
}

/** Whether something answers a GET at that address with success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
