import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

// npm run release:keep -- <ref>: keeps the sample events of a release, and how each ends, as fixtures of the next one.
// tests/invoke/previous-release.test.ts replays them. Run it with the commit that was released, right after a release.

const FILE = 'tests/fixtures/previous-release.json';

const [ref = 'HEAD'] = process.argv.slice(2);
const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
const commit = git('rev-parse', `${ref}^{commit}`).trim();
const files = git('ls-tree', '-r', '--name-only', commit, 'events').split('\n');
const events = Object.fromEntries(
  files.filter((file) => file.endsWith('.json')).map((file) => [file, git('show', `${commit}:${file}`)]),
);
writeFileSync(FILE, `${JSON.stringify({ commit, events }, null, 1)}\n`);
console.log(`${FILE} has ${Object.keys(events).length} files of ${commit}`);
