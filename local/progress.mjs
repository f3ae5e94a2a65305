import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

// Plain JavaScript, because bootstrap.mjs runs before anything is installed. progress.d.mts has the types.

const SILENCE = 500;
const REMINDER = 15_000;

/** A failure whose message tells the user everything. It is printed without a stack. */
export class Failure extends Error {
  name = 'Failure';
}

/** Runs a step. Prints its title when it takes longer than a moment, reminds of it, and prints how long it took. */
export async function step(title, work) {
  const begun = Date.now();
  const seconds = () => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
  const first = setTimeout(() => console.log(`  … ${title}`), SILENCE);
  const reminder = setInterval(() => console.log(`  … ${title}, ${seconds()}`), REMINDER);
  try {
    const result = await work();
    console.log(`  ✓ ${title}  (${seconds()})`);
    return result;
  } catch (error) {
    console.log(`  ✗ ${title}  (${seconds()})`);
    throw error;
  } finally {
    clearTimeout(first);
    clearInterval(reminder);
  }
}

/** The commands that run now, each at the head of a process group of its own. */
const running = new Set();

/** Ends the commands that run, and those that they started, so that none goes on after this program. */
export async function endCommands() {
  for (const name of ['SIGTERM', 'SIGKILL']) {
    for (const child of running) {
      try {
        process.kill(-child.pid, name);
      } catch {
        // it has just ended
      }
    }
    for (const deadline = Date.now() + 5000; running.size > 0 && Date.now() < deadline; ) await pause(50);
  }
}

/**
 * Runs a command with its output in a log file, and resolves when it succeeded.
 *
 * @throws Failure with what `cause` finds in its output, or with the last lines of it
 */
export function run(command, args, { log, env, cwd, cause } = {}) {
  mkdirSync('.local', { recursive: true });
  const path = `.local/${log}.log`;
  const output = createWriteStream(path);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: env ?? process.env,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    if (child.pid !== undefined) running.add(child);
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.on('error', (error) => reject(new Failure(`${command} does not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      running.delete(child);
      output.end(() => {
        if (code === 0) return resolve();
        const text = readFileSync(path, 'utf8');
        const why = cause?.(text) ?? text.trimEnd().split('\n').slice(-12).join('\n');
        reject(new Failure(`${log} failed (${signal ?? code}); all of it is in ${path}\n${why}`));
      });
    });
  });
}

/** Runs a program of this folder. A Failure becomes one line and a non-zero exit. */
export async function main(program) {
  try {
    await program();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
