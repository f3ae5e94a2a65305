import { globSync, statSync } from 'node:fs';
import { run } from './progress.mjs';
import { DIST } from './storefront-site.ts';

/** What the pages are made of. */
const SOURCES = ['storefront/**/*', 'statemachine/process-order.asl.yaml', 'docs/openapi.yaml', 'package-lock.json'];

/** Builds the pages, unless those that were built are newer than everything that they are made of. */
export async function buildStorefront(): Promise<void> {
  if (changedAt([`${DIST}/**/*`]) > changedAt(SOURCES, [`${DIST}/**`, '**/*.generated.d.ts'])) return;
  await run('npm', ['run', '--silent', 'storefront:build'], { log: 'storefront-build' });
}

/** When the newest of these files was changed, in milliseconds; 0 when there is none. */
function changedAt(patterns: string[], exclude: string[] = []): number {
  const files = globSync(patterns, { exclude: [...exclude, '**/node_modules/**'], withFileTypes: true });
  return Math.max(
    0,
    ...files.filter((file) => file.isFile()).map((file) => statSync(`${file.parentPath}/${file.name}`).mtimeMs),
  );
}
