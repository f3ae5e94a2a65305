import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portFrom } from './port.mjs';
import processes from './processes.cjs';
import { endCommands, Failure, main, run, step } from './progress.mjs';

// Usage: node local/bootstrap.mjs <program>.ts [arguments]
//
// Installs what a program needs, which this folder's path leads to, and runs it. That is the Node packages and two Python environments,
// because the SAM CLI and MiniStack need different versions of the same package. The fuzzer has a third environment.
// Nothing is installed twice.
//
// This file is plain JavaScript for the machine's own Node. The programs run on Lambda's version of Node, from
// node_modules.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

main(async () => {
  process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
  const [program, ...args] = process.argv.slice(2);
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`Node.js 20 or newer is needed, and this is ${process.versions.node}.`);
  }
  checkFolder();
  if (program === 'start.ts') {
    const trouble = await processes.portTrouble(portFrom(args));
    if (trouble !== undefined) throw new Failure(trouble);
  }
  const python = findPython();
  if (program === 'fuzz.ts' && Number(python.version.split('.')[1]) < 11) {
    throw new Failure(`schemathesis needs Python 3.11 or newer, and this is ${python.version}.`);
  }
  const work = [
    ...(nodePackagesAreCurrent() ? [] : [() => step('installing Node packages', installNodePackages)]),
    ...[
      'sam',
      'ministack',
      ...(program === 'fuzz.ts' ? ['schemathesis'] : []),
      ...(program === 'test.ts' ? ['checkov'] : []),
      ...(args.includes('--profile') ? ['py-spy'] : []),
    ]
      .filter((name) => !pythonEnvironmentIsCurrent(name, python))
      .map((name) => () => step(`installing Python packages for ${name}`, () => installPython(name, python))),
  ];
  if (work.length > 0) {
    console.log('Installing what is missing (once):');
    const signals = endInstallationOnSignals();
    const results = await Promise.allSettled(work.map((install) => install()));
    signals.cancel();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
  process.exitCode = await execute(resolve('local', program), args);
});

/** @throws Failure when nothing can be written here */
function checkFolder() {
  try {
    accessSync('.', constants.W_OK);
    mkdirSync('.local', { recursive: true });
    accessSync('.local', constants.W_OK);
  } catch (error) {
    throw new Failure(
      `${process.cwd()} cannot be written (${error.code}), and everything is installed into this folder.`,
    );
  }
}

/** Until it is cancelled, a signal ends the installation, and what is half installed is removed. */
function endInstallationOnSignals() {
  const end = async () => {
    for (const signal of SIGNALS) process.on(signal, () => {});
    await endCommands();
    for (const name of existsSync('.venv') ? readdirSync('.venv') : []) {
      if (!existsSync(`.venv/${name}/stamp`)) rmSync(`.venv/${name}`, { recursive: true, force: true });
    }
    // npm writes this list last.
    if (!existsSync('node_modules/.package-lock.json')) rmSync('node_modules', { recursive: true, force: true });
    console.log('\nInterrupted. What was half installed is removed; the next start installs it.');
    process.exit(130);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  const cancel = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  return { cancel };
}

function nodePackagesAreCurrent() {
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  let present;
  try {
    present = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

function installNodePackages() {
  return run('npm', ['ci', '--no-audit', '--no-fund'], { log: 'npm-ci' });
}

/** The first Python on the PATH that is new enough and can make virtual environments. Throws Failure without one. */
function findPython() {
  const found = [];
  for (const command of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    let answer;
    try {
      const script =
        'import sys, importlib.util as u; print(*sys.version_info[:3], int(all(map(u.find_spec, ("venv", "ensurepip")))))';
      answer = execFileSync(command, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      continue;
    }
    const [major, minor, patch, canMakeEnvironments] = answer.toString().trim().split(' ').map(Number);
    const version = `${major}.${minor}.${patch}`;
    if (major !== 3 || minor < 10) found.push(`${command} is ${version}`);
    else if (!canMakeEnvironments) found.push(`${command} ${version} lacks venv (on Debian: apt install python3-venv)`);
    else return { command, version };
  }
  throw new Failure(`Python 3.10 or newer with venv is needed; ${found.join(', ') || 'none was found'}.`);
}

/** A hash of all that makes an environment usable: its packages, its Python and its place. */
function stamp(name, python) {
  const facts = [readFileSync(`local/python/${name}.txt`, 'utf8'), python.version, realpathSync('.')];
  return createHash('sha256').update(facts.join('\n')).digest('hex');
}

function pythonEnvironmentIsCurrent(name, python) {
  const path = `.venv/${name}/stamp`;
  return existsSync(path) && readFileSync(path, 'utf8') === stamp(name, python);
}

async function installPython(name, python) {
  const directory = `.venv/${name}`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync('.venv', { recursive: true });
  await run(python.command, ['-m', 'venv', directory], { log: `venv-${name}` });
  // The list is complete. With --no-deps nothing is installed that the list does not pin.
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'];
  await run(`${directory}/bin/python`, ['-m', 'pip', 'install', ...options, '-r', `local/python/${name}.txt`], {
    log: `pip-${name}`,
  });
  writeFileSync(`${directory}/stamp`, stamp(name, python));
}

/** Runs a TypeScript program on the project's own Node, passes signals on, and resolves to its exit code. */
function execute(program, args) {
  // A proxy of the user's knows no local cloud. Node reads this when it starts.
  const direct = ['127.0.0.1', 'localhost', process.env.NO_PROXY ?? process.env.no_proxy ?? ''].join(',');
  const env = { ...process.env, NO_PROXY: direct, no_proxy: direct };
  const child = spawn('node_modules/.bin/node', [program, ...args], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the child too. SIGTERM comes to this process alone.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal that closes tells both, and this one must not end first.
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
