/**
 * Compiles every `<thing>.schema.ts` to `<thing>.validator.js` beside it: standalone ajv code, so that no schema
 * compiler is in a bundle (it is the biggest single cost of a cold start) and a schema mistake fails the build.
 *
 * A schema file exports one constant named `<thing>Schema`. The generated `.d.ts` makes the validator a type guard
 * for the type of the same name, which the schema file derives from the schema.
 */
import { globSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

// Node and TypeScript disagree about the default exports of these two CommonJS modules. They agree about require().
const require = createRequire(import.meta.url);
const standaloneCode: typeof import('ajv/dist/standalone/index.js').default = require('ajv/dist/standalone').default;
const addFormats: typeof import('ajv-formats').default = require('ajv-formats').default;

const root = join(import.meta.dirname, '..');
const pascal = (kebab: string) => kebab.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());

for (const file of globSync('functions/**/*.schema.ts', { cwd: root })) {
  const thing = basename(file, '.schema.ts');
  const type = pascal(thing);
  const exported = `${type[0]?.toLowerCase()}${type.slice(1)}Schema`;
  const schema = ((await import(pathToFileURL(join(root, file)).href)) as Record<string, object>)[exported];
  if (!schema) throw new Error(`${file} does not export ${exported}`);
  const ajv = new Ajv2020({ allErrors: true, code: { source: true, esm: false, lines: true }, strict: true });
  addFormats(ajv);
  const target = join(root, file.replace(/\.schema\.ts$/, '.validator'));
  writeFileSync(`${target}.js`, `// Generated from ${basename(file)}.\n${standaloneCode(ajv, ajv.compile(schema))}`);
  writeFileSync(
    `${target}.d.ts`,
    `// Generated from ${basename(file)}.\nimport type { ErrorObject } from 'ajv';\nimport type { ${type} } from './${thing}.schema.ts';\n` +
      `declare const validate: ((data: unknown) => data is ${type}) & { errors?: ErrorObject[] | null };\nexport default validate;\n`,
  );
}
