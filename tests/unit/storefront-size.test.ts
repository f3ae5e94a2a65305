import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = join(__dirname, '../..');
/** 60 KB, of 1000 bytes. */
const MOST_BYTES = 60_000;

let dist: string;
const read = (path: string) => readFileSync(join(dist, path), 'utf8');
/** The scripts that index.html loads: its own, and those that it imports, which Vite lists for preloading. */
const scripts = () =>
  [...read('index.html').matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].flatMap(([, path = '']) => path);

beforeAll(() => {
  dist = mkdtempSync(join(tmpdir(), 'storefront-'));
  execFileSync(
    process.execPath,
    ['node_modules/vite/bin/vite.js', 'build', 'storefront', '--outDir', dist, '--emptyOutDir'],
    {
      cwd: root,
      // Jest's NODE_ENV would build Preact and ourselves for development.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
}, 60_000);

afterAll(() => rmSync(dist, { recursive: true, force: true }));

test('the scripts of the shop have at most 60 KB together, gzipped', () => {
  expect(scripts()).not.toEqual([]);
  const bytes = scripts().reduce((sum, path) => sum + gzipSync(read(path)).length, 0);
  expect(bytes).toBeGreaterThan(5000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test('the desk and the card element of Stripe are loaded only when they are opened', () => {
  const all = globSync('assets/*.js', { cwd: dist });
  const later = all.filter((path) => !scripts().includes(path));
  expect(later).toEqual(
    expect.arrayContaining([expect.stringMatching(/desk-.*\.js$/), expect.stringMatching(/stripe-card-.*\.js$/)]),
  );
  const withStripe = all.filter((path) => read(path).includes('js.stripe.com'));
  expect(withStripe).toEqual([expect.stringMatching(/stripe-card-.*\.js$/)]);
});

test('index.html holds no script and no style, so that the Content-Security-Policy need not allow any', () => {
  const html = read('index.html');
  const inline = [...html.matchAll(/<script[^>]*>([^<]*)<\/script>/g)].filter(
    ([, content = '']) => content.trim() !== '',
  );
  expect(inline).toEqual([]);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
});

test('no file names another origin to load from, or an API key', () => {
  const files = globSync('**/*.{html,js,css,json}', { cwd: dist });
  const foreign = files.flatMap((path) =>
    [...read(path).matchAll(/(?:src|href)="(https?:)?\/\/|url\((['"]?)https?:|@import|x-api-key/gi)].map(
      ([text]) => `${path}: ${text}`,
    ),
  );
  expect(foreign).toEqual([]);
});
