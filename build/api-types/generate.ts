/**
 * Writes the types of the API's paths from docs/openapi.yaml to storefront/src/api/openapi.generated.d.ts, so that the
 * page and the API cannot drift apart: what the document does not say does not compile.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';

const root = join(import.meta.dirname, '../..');
const ast = await openapiTypescript(pathToFileURL(join(root, 'docs/openapi.yaml')), { silent: true });
writeFileSync(
  join(root, 'storefront/src/api/openapi.generated.d.ts'),
  `// Generated from docs/openapi.yaml.\n${astToString(ast)}`,
);
