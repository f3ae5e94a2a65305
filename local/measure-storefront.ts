import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium, HOW_TO_GET_CHROMIUM } from '../tests/support/chromium.ts';
import { Failure, main } from './progress.mjs';
import { readStackFile } from './stack-file.ts';

// npm run storefront:measure: what Lighthouse says about the products page of the running local cloud, per network. npx
// gets Lighthouse for this. It is no dependency of the project, because it is large and seldom needed.

const LIGHTHOUSE = 'lighthouse@13.5.0';
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
const TIMES = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
  'total-byte-weight',
] as const;

/** The phones have a processor of a quarter of this machine's speed. Lighthouse calculates the times from what it recorded. */
const NETWORKS: Record<string, string[]> = {
  'phone, slow 3G (400 ms, 400 kbit/s)': ['--throttling.rttMs=400', '--throttling.throughputKbps=400'],
  'phone, slow 4G (150 ms, 1.6 Mbit/s)': [],
  'desktop, cable (40 ms, 10 Mbit/s)': ['--preset=desktop'],
};

interface Report {
  categories: Record<string, { score: number }>;
  audits: Record<string, { displayValue?: string }>;
}

main(async () => {
  const chromium = findChromium();
  if (chromium === undefined) throw new Failure(HOW_TO_GET_CHROMIUM);
  const { storefrontUrl } = readStackFile();
  print(['network', ...CATEGORIES, ...TIMES]);
  print(['', ...CATEGORIES, ...TIMES].map(() => '---'));
  for (const [network, options] of Object.entries(NETWORKS)) {
    const { categories, audits } = measure(storefrontUrl, options, chromium);
    print([
      network,
      ...CATEGORIES.map((category) => String(Math.round((categories[category]?.score ?? 0) * 100))),
      ...TIMES.map((time) => audits[time]?.displayValue?.replace('Total size was ', '') ?? '?'),
    ]);
  }
});

function measure(url: string, options: string[], chromium: string): Report {
  const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'));
  try {
    const report = join(folder, 'report.json');
    const asked = [`--only-categories=${CATEGORIES.join(',')}`, '--output=json', `--output-path=${report}`, '--quiet'];
    const { status } = spawnSync(
      'npx',
      ['--yes', LIGHTHOUSE, url, ...asked, ...options, '--chrome-flags=--headless=new --no-sandbox'],
      { env: { ...process.env, CHROME_PATH: chromium }, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) throw new Failure('Lighthouse did not come to an end');
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}
