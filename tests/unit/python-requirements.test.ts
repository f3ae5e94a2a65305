import { globSync, readFileSync } from 'node:fs';

/** The packages of a list that pip would take without comparing their files: pins and hashes are what it compares. */
function unverified(list: string): string[] {
  const requirements = list
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return requirements.filter((line) => !/^[\w.[\]-]+==\S+( ;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+$/.test(line));
}

test.each(globSync('local/python/*.txt').sort())(
  'every package of %s is pinned, with the hashes of its files',
  (file) => {
    const list = readFileSync(file, 'utf8');
    expect(list).toMatch(/^ministack|^aws-sam-cli|^schemathesis|^checkov|^py-spy/m);
    expect(unverified(list)).toEqual([]);
  },
);

test('a package without a hash, or without a version, is found', () => {
  const hash = `--hash=sha256:${'0'.repeat(64)}`;
  expect(unverified(`good==1.0 \\\n    ${hash}\nbare==2.0\nloose>=3 \\\n    ${hash}\n`)).toEqual([
    'bare==2.0',
    `loose>=3      ${hash}`,
  ]);
});
