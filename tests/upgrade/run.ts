import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../local/free-port.ts';
import { main, step } from '../../local/progress.mjs';

// npm run test:upgrade [-- --from <ref>]: deploys the release of that commit on a local cloud of its own, puts orders in
// flight, and updates the stack to the present tree. It takes some minutes, and is not part of `npm test`.

/** What is deployed. Everything else, such as the local cloud and the tests, is the present one from the start. */
const RELEASE = ['api', 'functions', 'samconfig.toml', 'stacks', 'statemachine', 'storefront', 'template.yaml'];

main(async () => {
  const { values } = parseArgs({ options: { from: { type: 'string', default: 'HEAD^' } } });
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const node = (program: string, ...args: string[]) =>
    execFileSync(process.execPath, [program, ...args], { cwd: folder, stdio: 'inherit' });
  const bring = (ref: string | undefined) => {
    for (const path of RELEASE) rmSync(join(folder, path), { recursive: true, force: true });
    // What is not committed yet is part of the present tree too.
    if (ref === undefined) copyPresent(folder, RELEASE);
    else execFileSync('sh', ['-c', 'git archive "$1" -- $2 | tar -x -C "$3"', 'sh', ref, RELEASE.join(' '), folder]);
    node('build/compile-schemas.ts');
    node('build/compile-templates.ts');
  };
  try {
    copyPresent(folder, []);
    for (const path of ['node_modules', 'build/api-types/node_modules', '.venv']) {
      symlinkSync(resolve(path), join(folder, path));
    }
    await step(`taking the release of ${values.from}`, async () => bring(values.from));
    node('local/start.ts', '--detach', '--port', String(await freePort()));
    await step('taking the present tree', async () => bring(undefined));
    // Jest prints what it found.
    const { status } = spawnSync(resolve('node_modules/.bin/jest'), ['--selectProjects', 'upgrade', '--ci'], {
      env: { ...process.env, STACK_FILE: join(folder, '.local/stack.json'), UPGRADED_FOLDER: folder },
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
  } finally {
    node('local/stop.mjs');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Copies the files that Git knows or would know; all of them, or those below some paths. */
function copyPresent(folder: string, paths: readonly string[]): void {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const files = execFileSync('git', args, { encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '')) cpSync(file, join(folder, file));
}
