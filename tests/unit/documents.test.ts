import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob, posix } from 'node:path';
import { resourcesOf, target, template } from '../template/template.ts';
import { statementsOf } from '../template/template-rules.ts';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const ignored = read('.gitignore')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.replace(/\/$/, ''));

/** Whether a path is one that git ignores: it is generated, and may be missing. */
function isGenerated(path: string): boolean {
  return path.split('/').some((part) => ignored.some((pattern) => matchesGlob(part, pattern)));
}

function* walk(folder = ''): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.name === '.git' || isGenerated(path)) continue;
    yield path;
    if (entry.isDirectory()) yield* walk(path);
  }
}

const found = [...walk()];
const tree = new Set(found);
const inPackage = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
const scripts = inPackage;
const documents = found.filter((path) => path.endsWith('.md'));

const firstPart = (path: string) => path.split('/')[0] ?? '';
const isAtRoot = (path: string) => tree.has(firstPart(path));

/** What ends like one of the project's files names a file, wherever it is. */
const FILE = /\.(ts|mts|mjs|cjs|js|json|md|yaml|py|toml|txt)$/;
const PATH = /^[\w.<>*{},-]+(\/[\w.<>*{},-]+)*\/?$/;

/** Whether the text names a path: a file by its ending, or anything below a folder that is at the root. */
function namesPath(text: string): boolean {
  return PATH.test(text) && (FILE.test(text) || (text.includes('/') && isAtRoot(text)));
}

/** Whether a path exists. `<name>` stands for any name; a file without its folders may be anywhere. */
function exists(text: string, document: string): boolean {
  const path = text.replaceAll(/<[^>]+>/g, '*').replace(/\/$/, '');
  if (isGenerated(path)) return true;
  const places = [path, posix.join(posix.dirname(document), path), ...(isAtRoot(path) ? [] : [`**/${path}`])];
  return places.some((place) => tree.has(place) || [...tree].some((one) => matchesGlob(one, place)));
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isGoodLink(link: string, document: string, text: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : posix.join(posix.dirname(document), path).replace(/\/$/, '');
  if (file !== document && !tree.has(file)) return false;
  return anchor === undefined || anchorsOf(file === document ? text : read(file)).includes(anchor);
}

/** The paths, links and npm scripts that a document names and that do not exist. */
function faultsOf(document: string, text: string): string[] {
  const fence = /^```(\w*)\n(.*?)^```$/gms;
  const prose = text.replaceAll(fence, '');
  const shown = [...text.matchAll(fence)].flatMap(([, kind, code = '']) => (kind === 'mermaid' ? [] : [code]));

  const links = [...prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
  const code = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const words = [...shown, ...code]
    .flatMap((block) => block.split(/[\s'"`(),;]+/))
    .filter((word) => word.includes('/') && isAtRoot(word));
  const runs = [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|stop|test)\b)/g)].map(
    ([, script, short]) => script ?? short ?? '',
  );
  const families = new Set(scripts.filter((script) => script.includes(':')).map((script) => script.split(':')[0]));
  const named = code.filter((span) => /^[a-z]+:[a-z-]+$/.test(span) && families.has(span.split(':')[0]));
  return [
    ...links.filter((link) => !isGoodLink(link, document, text)).map((link) => `the link ${link} leads nowhere`),
    ...[...new Set([...code, ...words])]
      .filter((span) => namesPath(span) && !exists(span, document))
      .map((path) => `there is no ${path}`),
    ...[...runs, ...named]
      .filter((script) => !scripts.includes(script))
      .map((script) => `there is no script ${script}`),
  ];
}

describe('documents', () => {
  test('are there', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/protocol.md', 'events/README.md']));
  });

  test.each(documents)('%s names only paths, links and scripts that exist', (document) => {
    expect(faultsOf(document, read(document))).toEqual([]);
  });
});

describe('the search for faults', () => {
  test.each([
    [
      'a link to a file that is gone',
      '[the order](../functions/shared/order.ts)',
      'the link ../functions/shared/order.ts leads nowhere',
    ],
    ['a link by reference', 'See [4].\n\n[4]: adr/0004.md', 'the link adr/0004.md leads nowhere'],
    ['a heading that is gone', '[writes](protocol.md#writes)', 'the link protocol.md#writes leads nowhere'],
    ['a heading of its own that is gone', '# One\n[two](#two)', 'the link #two leads nowhere'],
    [
      'a file in a wrong folder',
      'It is `functions/payment/sandbox-provider.ts`.',
      'there is no functions/payment/sandbox-provider.ts',
    ],
    ['a folder that is gone', 'Look into `tests/helpers/`.', 'there is no tests/helpers/'],
    ['a misspelt top folder', '`function/shared/money.ts`', 'there is no function/shared/money.ts'],
    ['a file that is nowhere', 'The model is `prim.py`.', 'there is no prim.py'],
    [
      'a pattern that nothing matches',
      '`functions/<name>/<name>.tests.ts`',
      'there is no functions/<name>/<name>.tests.ts',
    ],
    ['a path in a command', '```sh\nnode local/begin.ts\n```', 'there is no local/begin.ts'],
    ['a path in a command within a sentence', 'Run `python3 docs/model.py all`.', 'there is no docs/model.py'],
    ['a script that is gone', '`npm run test:everything`', 'there is no script test:everything'],
    ['a script in a command', '```sh\nnpm run lint\n```', 'there is no script lint'],
    ['a script by its bare name', '`test:everything`', 'there is no script test:everything'],
  ])('reports %s', (_, text, fault) => {
    expect(faultsOf('docs/a.md', text)).toEqual([fault]);
  });

  test.each([
    ['a file, a folder, and a file by its name', '`functions/shared/money.ts` `tests/support/` `order-writes.ts`'],
    ['a path beside the document', '`adr/README.md` [decisions](adr/README.md)'],
    ['a heading', '# The order’s row, *once*\n[row](#the-orders-row-once)'],
    ['a name that stands for any', '`events/<function>/expected.json` `<thing>.schema.ts`'],
    ['what is generated', '`.local/stack.json` `<thing>.validator.js` `node_modules/.bin`'],
    ['a script', '`npm run test:unit -- price-order` `npm start` `test:unit`'],
    [
      'what is no path of the project',
      '`application/json` `POST /orders` `/orders/{orderId}` `images/<sha256>.png` `AWS/SQS` `and/or` https://example.com/a.md',
    ],
  ])('does not report %s', (_, text) => {
    expect(faultsOf('docs/a.md', text)).toEqual([]);
  });
});

describe('docs/protocol.md', () => {
  const protocol = read('docs/protocol.md');

  test('has a section for every write of order-writes.ts, under its number and name', () => {
    const source = read('functions/shared/orders/order-writes.ts');
    const writes = [
      ...source.matchAll(/\/\*\*(?:(?!\*\/).)*?Write (\d+[ab]?)(?:(?!\*\/).)*\*\/\nexport (?:async )?function (\w+)/gs),
    ];
    expect(writes.length).toBeGreaterThan(10);
    const missing = writes
      .map(([, number = '', name = '']) => ({ number, name }))
      .filter(({ number, name }) => !new RegExp(`^### ${number}\\. .*\`${name}\``, 'm').test(protocol));
    expect(missing).toEqual([]);
  });

  test('names every rule of the model', () => {
    const [, rules = ''] = /^RULES = \{$(.*?)^\}$/ms.exec(read('docs/protocol-model/check.py')) ?? [];
    const names = [...rules.matchAll(/^ +'([\w-]+)':/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !protocol.includes(`\`${name}\``))).toEqual([]);
  });
});

test('docs/data-model.md says of every function which tables it may write, and of no other', () => {
  const [, section = ''] = /^## Who writes which table$(.*?)^## /ms.exec(read('docs/data-model.md')) ?? [];
  const functions = resourcesOf('AWS::Serverless::Function').map(([, { Properties }]) => ({
    folder: String(Properties.CodeUri).split('/').at(-1) ?? '',
    role: target(Properties.Role),
  }));
  const folders = functions.map(({ folder }) => folder);
  const said = [...section.matchAll(/^\| ([^|]+) \| (\w+) \|/gm)].flatMap(([, who = '', table = '']) =>
    who.split(', ').flatMap((name) => (folders.includes(name) ? [`${name}: ${table}`] : [])),
  );
  const allowed = functions.flatMap(({ folder, role }) =>
    statementsOf(template)
      .filter(({ policy, actions }) => policy === role && actions.some((action) => WRITES.includes(action)))
      .flatMap(({ resources }) => resources.map((resource) => target(resource) ?? ''))
      .filter((id) => template.Resources[id]?.Type === 'AWS::DynamoDB::Table')
      .map((id) => `${folder}: ${id.replace(/Table$/, '')}`),
  );
  expect([...new Set(said)].sort()).toEqual([...new Set(allowed)].sort());
});

const WRITES = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
