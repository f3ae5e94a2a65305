import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = 'docs/ops.md';
const BEGIN = "from the command line's own help; do not edit. -->\n";
const END = '<!-- End of what is generated. -->';

test('docs/ops.md has the commands that the command line has', () => {
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  const commands = execFileSync(process.execPath, [...flags, 'build/ops-commands.ts'], { encoding: 'utf8' });
  expect(commands.split('\n').length).toBeGreaterThan(15);
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const wanted = `${page.slice(0, begin)}\n${commands}\n${page.slice(page.indexOf(END))}`;
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, wanted);
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});
