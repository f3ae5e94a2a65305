import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { blocksTakenBy, commandBlock, commandBlocks, DOCUMENTS, readDocument } from '../support/command-blocks.ts';
import { ONLY_ON_AWS } from '../support/only-on-aws.ts';

const taken = globSync('tests/{e2e,first-hour}/*.test.ts').flatMap((path) => blocksTakenBy(readFileSync(path, 'utf8')));

/** The blocks of a document that no test takes, and that are not named as AWS's alone. */
function unowned(document: string, markdown: string): string[] {
  const owned = [...taken, ...ONLY_ON_AWS.map((block) => [block.document, block.name])]
    .filter(([of]) => of === document)
    .map(([, name]) => name);
  return commandBlocks(markdown)
    .map(({ name }) => name)
    .filter((name) => !owned.includes(name));
}

describe.each(DOCUMENTS)('the commands of %s', (document) => {
  const blocks = commandBlocks(readDocument(document));

  test('are all run by a test, or named as what AWS alone can answer', () => {
    expect(unowned(document, readDocument(document))).toEqual([]);
  });

  test('have names of their own', () => {
    expect(blocks.map(({ name }) => name)).toEqual([...new Set(blocks.map(({ name }) => name))]);
  });

  test('are whole pieces of shell', () => {
    const shell = blocks.filter(({ code }) => !code.startsWith('$ '));
    expect(shell.length).toBeGreaterThan(3);
    expect(shell.filter(({ code }) => spawnSync('bash', ['-n', '-c', code]).status !== 0)).toEqual([]);
  });
});

test('a new block without a test is found, of whatever kind', () => {
  const added =
    '\n## New\n\n```sh\nls\n```\n\nAnd **not**:\n\n```console\n$ ls\n```\n\n- In a list:\n  ```\n  ls\n  ```\n';
  expect(unowned('README.md', readDocument('README.md') + added)).toEqual(['New', 'And **not**', '- In a list']);
  expect(unowned('README.md', `${readDocument('README.md')}\n\`\`\`json\n{}\n\`\`\`\n`)).toEqual([]);
});

test('what AWS alone answers exists, has a reason, and is run by no test', () => {
  for (const { document, name, reason } of ONLY_ON_AWS) {
    expect(commandBlocks(readDocument(document)).map((block) => block.name)).toContain(name);
    expect(reason).not.toBe('');
    expect(taken).not.toContainEqual([document, name]);
  }
});

test('a block is named by bold words, its heading or the sentence before it', () => {
  const text = `
## One

\`\`\`sh
one # it is no heading
# nor this
\`\`\`

## More

**Bold words.** It prints this. And that:

\`\`\`bash
two
\`\`\`

First. Then, on
two lines:
\`\`\`sh
three
\`\`\`
`;
  expect(commandBlocks(text)).toEqual([
    { name: 'One', code: 'one # it is no heading\n# nor this\n' },
    { name: 'Bold words', code: 'two\n' },
    { name: 'Then, on two lines', code: 'three\n' },
  ]);
});

test('a name that no block has is an error', () => {
  expect(() => commandBlock('README.md', 'Nothing')).toThrow('README.md has 0 blocks called "Nothing"');
});

test('the blocks that a test takes are read from its text', () => {
  const source = `commandBlock('README.md', 'Try it'); commandBlock(\n'docs/deploy.md',\n "The desk's key");`;
  expect(blocksTakenBy(source)).toEqual([
    ['README.md', 'Try it'],
    ['docs/deploy.md', "The desk's key"],
  ]);
});
