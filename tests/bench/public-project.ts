import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The public project beside which create-order is measured: AWS's own sample of this stack. */
export const PROJECT = {
  name: 'serverless-typescript-demo',
  source: 'https://github.com/aws-samples/serverless-typescript-demo.git',
  commit: 'fea6d93cab1bf81b568cf38848a8b6d3267e0786',
  handler: 'src/api/put-product.ts',
} as const;

const FOLDER = resolve('.local/bench', PROJECT.name);

/**
 * Fetches the project's pinned commit and installs the packages of its own lock file, once.
 *
 * @returns its handler's file, or in one line why it could not be had
 */
export function fetchProject(): { entry: string } | { missing: string } {
  const git = (...args: string[]) =>
    execFileSync('git', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
  try {
    if (!existsSync(`${FOLDER}/.git`)) git('init', '--quiet', FOLDER);
    if (!existsSync(`${FOLDER}/${PROJECT.handler}`)) {
      git('-C', FOLDER, 'fetch', '--quiet', '--depth', '1', PROJECT.source, PROJECT.commit);
      git('-C', FOLDER, 'checkout', '--quiet', PROJECT.commit);
    }
    if (!existsSync(`${FOLDER}/node_modules/.package-lock.json`)) {
      // Its lock file has a conflict of peers that only concerns its tests.
      const options = ['--legacy-peer-deps', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
      execFileSync('npm', ['ci', ...options], { cwd: FOLDER, stdio: 'ignore', timeout: 300_000 });
    }
    // It imports ../model/product where the file is Product: it was written on a disk that takes both.
    return { entry: resolve(FOLDER, PROJECT.handler) };
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    return { missing: (stderr?.toString().trim() || String(error)).split('\n')[0] ?? '' };
  }
}
