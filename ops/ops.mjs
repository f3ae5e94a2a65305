#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// npm run ops -- <noun> <verb>: the operators' command line. It installs nothing: whoever looks at a shop that is not
// well wants an answer, and --json has to be one document.
//
// This file is plain JavaScript for the machine's own Node. The program runs on the project's, from node_modules.

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/.bin/node');

if (!existsSync(node) || !existsSync(join(root, 'node_modules/commander'))) {
  console.error('The packages are not installed: run `npm ci` once.');
  process.exitCode = 1;
} else {
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  const child = spawn(node, [...flags, join(root, 'ops/main.ts'), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both. SIGTERM comes to this process alone.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
