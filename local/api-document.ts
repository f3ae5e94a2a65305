import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, run } from './progress.mjs';
import { LOCAL_DIR } from './stack-file.ts';

// npm run docs:api: writes the page and prints its address. `npm start` does it too, while the cloud is deployed.

/**
 * Writes `docs/openapi.yaml` as one page that needs no network: Redoc, its scripts and the document.
 *
 * @returns the address of the page, for a browser
 * @throws Failure with the reason of Redocly
 */
export async function buildApiDocument(): Promise<string> {
  const page = `${LOCAL_DIR}/api.html`;
  await run('node_modules/.bin/redocly', ['build-docs', 'docs/openapi.yaml', '--output', page, '--inlineBundle'], {
    log: 'api-document',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  return pathToFileURL(resolve(page)).href;
}

if (import.meta.main) {
  main(async () => {
    console.log(await buildApiDocument());
  });
}
