import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { awsEnvironment, dockerBridge } from '../../local/mini-stack.ts';
import { ENV_FILE, readStackFile, STACK_FILE } from '../../local/stack-file.ts';

/** What `sam local invoke` needs besides an event, and how it is called. */

const SAM = '.venv/sam/bin/sam';
const IMAGE = 'public.ecr.aws/lambda/nodejs:24-x86_64';

const succeeds = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Why a function cannot be run in its container now, in one line with the way out; undefined when it can. */
export async function whatIsMissing(): Promise<string | undefined> {
  const docker = spawnSync('docker', ['info'], { stdio: 'ignore' });
  if (docker.error) return 'There is no `docker` here, and `sam local invoke` runs functions in containers.';
  if (docker.status !== 0) return 'Docker is installed and does not answer: start it first, then the local cloud.';
  if (!existsSync(STACK_FILE) || !existsSync(ENV_FILE)) return CLOUD_IS_DOWN;
  const { endpoint } = readStackFile();
  if (endpoint === undefined || !(await listens(endpoint))) return CLOUD_IS_DOWN;
  if (!existsSync('.aws-sam/build/template.yaml')) return 'Nothing is built: `.local/shell` knows `sam build`.';
  const address = addressInContainers();
  const [atBridge, bridge] = [!address.includes('host.docker.internal'), await dockerBridge()];
  if (atBridge ? !(await listens(address)) : bridge !== undefined) return DOCKER_CAME_LATER;
  return undefined;
}

const CLOUD_IS_DOWN = 'The local cloud is not running: `npm start -- --detach` starts it.';
const DOCKER_CAME_LATER =
  'Docker was started after the local cloud, which containers cannot reach: `npm stop`, then `npm start -- --detach`.';

/** Whether something listens at the host and port of an address. A request could be led to a proxy of the user's. */
function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((found) => {
    const socket = connect(Number(port), hostname);
    socket.on('connect', () => {
      socket.destroy();
      found(true);
    });
    socket.on('error', () => found(false));
  });
}

function addressInContainers(): string {
  const [environment = {}] = Object.values(
    JSON.parse(readFileSync(ENV_FILE, 'utf8')) as Record<string, Record<string, string>>,
  );
  return environment.AWS_ENDPOINT_URL ?? '';
}

/** Whether the image of the functions is here. When it is not, `sam` fetches it, which takes a while. */
export function hasImage(): boolean {
  return succeeds('docker', 'image', 'inspect', IMAGE);
}

/**
 * Runs a function in its container with an event.
 *
 * @param stderr where the container's log goes
 * @returns what the function printed as its result
 * @throws Error when `sam` fails
 */
export async function samLocalInvoke(logicalId: string, event: string, stderr: 'inherit' | 'ignore'): Promise<string> {
  const args = ['local', 'invoke', logicalId, '--event', event, '--env-vars', ENV_FILE];
  // An image that is here already is not pulled again.
  const child = spawn(SAM, [...args, ...(hasImage() ? ['--skip-pull-image'] : [])], {
    env: awsEnvironment(readStackFile().endpoint ?? ''),
    stdio: ['ignore', 'pipe', stderr],
    timeout: 300_000,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [output, status] = await Promise.all([text(child.stdout), ended]);
  if (output.trim() === '') throw new Error(`sam local invoke ${logicalId} ended with ${status} and without a result`);
  return output;
}
