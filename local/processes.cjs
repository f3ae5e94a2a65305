const { execFileSync } = require('node:child_process');
const { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { resolve } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

// Finds and ends the processes of the local cloud. A process is known by the program of this folder that it runs, and not
// by a file: files below .local may be deleted while the cloud runs, and a number in a file may belong to another process
// by now.
//
// Plain JavaScript, because `npm stop` and the check of the port work before anything is installed. CommonJS, because
// Jest cannot load an ES module. processes.d.cts has the types.
//
// Linux tells everything under /proc. macOS has ps and lsof, which this calls in the way that both systems know; it is
// untested there.

const PROGRAMS = {
  start: 'local/start.ts',
  ministack: 'local/start_ministack.py',
  'pipe-relay': 'local/pipe-relay.ts',
  edge: 'local/edge.ts',
};

/** What the emulator starts for every concurrent invocation of a function. */
const WORKER = '.local/tmp/ministack-lambda-';

const OF_PROC = existsSync('/proc/self/cmdline');

/** Every process, with its command line. One that has ended has none. */
function processes() {
  if (!OF_PROC) return ofPs(['-A', '-ww', '-o', 'pid=,args=']);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = commandOf(Number(name));
      return command === '' ? [] : [{ pid: Number(name), command }];
    });
}

function ofPs(options) {
  try {
    return execFileSync('ps', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
      .flatMap((found) => (found ? [{ pid: Number(found[1]), command: found[2] }] : []));
  } catch {
    return [];
  }
}

function commandOf(pid) {
  if (!OF_PROC) return ofPs(['-ww', '-o', 'pid=,args=', '-p', String(pid)])[0]?.command ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** The absolute path of a program of the local cloud. It is on the command line of the process that runs it. */
function programOf(name) {
  return resolve(PROGRAMS[name]);
}

/** Whether a command runs that file. An editor in which the file is open does not. */
function runsFile(command, path) {
  const end = command.indexOf(` ${path}`);
  if (end < 0 || !/^( |$)/.test(command.slice(end + 1 + path.length))) return false;
  return /(^|\/)(node|[Pp]ython[\d.]*)( -\S+)*$/.test(command.slice(0, end));
}

function pidsOf(name) {
  const path = programOf(name);
  return processes()
    .filter(({ pid, command }) => pid !== process.pid && runsFile(command, path))
    .map(({ pid }) => pid);
}

function workers() {
  const folder = resolve(WORKER);
  return processes()
    .filter(({ command }) => command.includes(` ${folder}`))
    .map(({ pid }) => pid);
}

function runs(name) {
  return pidsOf(name).length > 0;
}

/** Sends a signal to a process and, when it leads a group, to all of that. */
function signal(pid, name) {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name);
      return;
    } catch {
      // It leads no group, or has ended.
    }
  }
}

async function ended(name, milliseconds) {
  for (const deadline = Date.now() + milliseconds; runs(name); await pause(50)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

async function stopProcess(name) {
  const pids = pidsOf(name);
  for (const pid of pids) signal(pid, 'SIGTERM');
  if (pids.length > 0) await ended(name, 15_000);
  // Those that did not go, and what a leader left in its group.
  for (const pid of pids) killGroup(pid);
  const orphans = name === 'ministack' ? workers() : [];
  for (const pid of orphans) signal(pid, 'SIGKILL');
  return pids.length + orphans.length > 0;
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the whole group has gone already
  }
}

function killProcess(name) {
  for (const pid of pidsOf(name)) signal(pid, 'SIGKILL');
}

/** What runs besides this process: its own programs are told to end, and end what they started. */
async function stopStart() {
  const pids = pidsOf('start');
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  if (pids.length > 0 && !(await ended('start', 60_000))) for (const pid of pids) signal(pid, 'SIGKILL');
  return pids.length > 0;
}

async function endLocalCloud() {
  const [relay, edge] = await Promise.all([stopProcess('pipe-relay'), stopProcess('edge')]);
  const ministack = await stopProcess('ministack');
  for (const file of ['stack.json', 'env.json', 'shell']) rmSync(`.local/${file}`, { force: true });
  // The emulator leaves the code of every function that it ran: 20 MB for each start.
  rmSync('.local/tmp', { recursive: true, force: true });
  return relay || edge || ministack;
}

function canListen(port, address) {
  return new Promise((found) => {
    const server = createServer();
    server.on('error', () => found(false));
    server.listen(port, address, () => server.close(() => found(true)));
  });
}

/** Whether anything accepts connections there. macOS lets two listen on a port when one names its address. */
function accepts(port) {
  return new Promise((found) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (value) => {
      socket.destroy();
      found(value);
    };
    socket.setTimeout(1000, () => answer(true));
    socket.on('connect', () => answer(true));
    socket.on('error', () => answer(false));
  });
}

async function isFree(port) {
  return (await canListen(port, '127.0.0.1')) && !(await accepts(port));
}

/** The process that listens on a port, as far as this user may see it. */
function holderOf(port) {
  const pid = OF_PROC ? listenerOfProc(port) : listenerOfLsof(port);
  return pid === undefined ? undefined : { pid, command: commandOf(pid) };
}

function listenerOfLsof(port) {
  try {
    const options = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'];
    const found = /^p(\d+)$/m.exec(
      execFileSync('lsof', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

function listenerOfProc(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      // 0A is LISTEN.
      if (state === '0A' && local?.endsWith(`:${hex}`)) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const { pid } of processes()) {
    try {
      const files = readdirSync(`/proc/${pid}/fd`);
      if (files.some((file) => sockets.has(linkOf(`/proc/${pid}/fd/${file}`)))) return pid;
    } catch {
      // another user's process
    }
  }
  return undefined;
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The folder whose local cloud a command line belongs to. */
function cloudFolderOf(command) {
  return /^.* (\/.*)\/local\/(start_ministack\.py|edge\.ts)$/.exec(command)?.[1];
}

async function portTrouble(port) {
  const [start] = pidsOf('start');
  const [ministack] = pidsOf('ministack');
  if (start !== undefined || ministack !== undefined) {
    return `The local cloud of this folder is running already (process ${start ?? ministack}): \`npm stop\` ends it.`;
  }
  if (await isFree(port)) return undefined;
  let other = port + 1;
  while (other < 65535 && !((await isFree(other)) && (await isFree(other + 1)))) other += 1;
  const choice = `choose another port: npm start -- --port ${other}`;
  const holder = holderOf(port);
  if (holder === undefined)
    return `Port ${port} is in use by a process that this user may not see. Stop it, or ${choice}`;
  const { pid, command } = holder;
  const folder = cloudFolderOf(command);
  if (folder === resolve('.')) {
    return `Port ${port} is in use by process ${pid}, left over from a local cloud of this folder: \`npm stop\` ends it.`;
  }
  if (folder !== undefined) {
    return `Port ${port} is in use by process ${pid}, the local cloud of ${folder}. Run \`npm stop\` there, or ${choice}`;
  }
  const shown = command.length > 120 ? `${command.slice(0, 119)}…` : command;
  return `Port ${port} is in use by process ${pid} (${shown}). Stop it, or ${choice}`;
}

module.exports = { endLocalCloud, killProcess, pidsOf, portTrouble, programOf, runs, stopProcess, stopStart };
