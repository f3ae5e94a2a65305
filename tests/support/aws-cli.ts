import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const VERSION = '1.45.11';
const FOLDER = '.venv/awscli';

/**
 * The folder of an AWS CLI: the one of this machine, or one that is installed into .venv for the tests.
 *
 * @returns undefined where there is none and none can be installed
 */
export function findAwsCli(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v aws && aws --version >&2'], { encoding: 'utf8' });
  if (found.status === 0) return resolve(found.stdout.trim(), '..');
  const folder = resolve(FOLDER, 'bin');
  if (!existsSync(`${folder}/aws`)) {
    spawnSync('python3', ['-m', 'venv', FOLDER]);
    spawnSync(`${folder}/python`, ['-m', 'pip', 'install', '--quiet', `awscli==${VERSION}`]);
  }
  return existsSync(`${folder}/aws`) ? folder : undefined;
}
