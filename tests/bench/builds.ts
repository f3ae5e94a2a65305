import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { zipSync } from 'fflate';
import { buildOptions, esbuildFunctions } from '../../local/function-bundles.ts';

/** What the bench measures: a handler that was built, and how. */
export interface Built {
  name: string;
  /** The file to load. */
  handler: string;
  /** Where the modules are that it does not have itself. */
  modules?: string;
  /** Bytes of its package. */
  zipped: number;
}

const LAYER = resolve('layers/runtime/dist');

/** The bytes of a package: what `sam deploy` uploads. */
export function zippedSize(files: Record<string, Uint8Array>): number {
  return zipSync(files, { level: 9 }).length;
}

/** The bytes of the layer that all functions share. */
export function layerSize(): number {
  const files = globSync('**/*', { cwd: LAYER, withFileTypes: true }).filter((entry) => entry.isFile());
  return zippedSize(
    Object.fromEntries(
      files.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(LAYER.length + 1), new Uint8Array(readFileSync(path))];
      }),
    ),
  );
}

const layerModules = join(LAYER, 'nodejs/node_modules');

const functionOf = (name: string) => {
  const found = esbuildFunctions().find(({ folder }) => basename(folder) === name);
  if (!found) throw new Error(`template.yaml has no function in functions/${name}`);
  return found;
};

/** The names of all functions. */
export const functionNames = (): string[] =>
  esbuildFunctions()
    .map(({ folder }) => basename(folder))
    .sort();

/** SAM's defaults for esbuild, where a template says no more than BuildMethod. */
const SAM_DEFAULTS: BuildOptions = { format: 'cjs', target: 'es2020', minify: true };

/** The template's settings before there was a layer: every package is in the function's own file. */
function withoutLayer(options: BuildOptions): BuildOptions {
  return {
    ...options,
    external: [],
    alias: { '@aws-sdk/credential-provider-node': resolve('functions/shared/aws/environment-credentials.ts') },
  };
}

async function bundled(options: BuildOptions, into: string): Promise<number> {
  await build({ ...options, outdir: into, write: true, metafile: false, logLevel: 'error' });
  const code = readFileSync(join(into, 'handler.js'));
  return zippedSize({ 'handler.js': new Uint8Array(code) });
}

/** A function as template.yaml has it built, with the layer. */
export async function asDeployed(name: string, into: string): Promise<Built> {
  const { folder, properties } = functionOf(name);
  const zipped = await bundled(buildOptions(folder, properties), into);
  return { name, handler: join(into, 'handler.js'), modules: layerModules, zipped };
}

/** A function with everything in its own file, as it was before there was a layer. */
export async function inOneFile(name: string, into: string): Promise<Built> {
  const { folder, properties } = functionOf(name);
  const zipped = await bundled(withoutLayer(buildOptions(folder, properties)), into);
  return { name, handler: join(into, 'handler.js'), zipped };
}

/** A handler of tests/bench, with SAM's defaults. */
export async function plain(name: 'empty' | 'conventional', into: string): Promise<Built> {
  const entryPoints = [resolve('tests/bench', name, 'handler.ts')];
  const zipped = await bundled({ ...SAM_DEFAULTS, bundle: true, platform: 'node', entryPoints }, into);
  return { name, handler: join(into, 'handler.js'), zipped };
}

/** A public project's handler, built as its own deployment builds it. */
export async function ofProject(entry: string, into: string): Promise<Built> {
  const options: BuildOptions = { format: 'cjs', target: 'node16', minify: true, bundle: true, platform: 'node' };
  const entryPoints = { handler: entry };
  const zipped = await bundled(
    { ...options, entryPoints, tsconfigRaw: { compilerOptions: { experimentalDecorators: true } } },
    into,
  );
  return { name: basename(entry, '.ts'), handler: join(into, 'handler.js'), zipped };
}

/** The layer without its code caches. */
export function withoutCaches(built: Built, into: string): Built {
  for (const file of globSync('**/*.js', { cwd: layerModules })) {
    mkdirSync(dirname(join(into, file)), { recursive: true });
    writeFileSync(join(into, file), readFileSync(join(layerModules, file)));
  }
  return { ...built, modules: into };
}

/**
 * A function whose own file is loaded with a code cache too, which one answered request has made.
 *
 * @param answer runs the program that makes the cache, with the environment of the function
 */
export function withOwnCache(built: Built, into: string, answer: (program: string) => void): Built {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(built.handler, 'utf8')}\n})`;
  writeFileSync(join(into, 'handler.code.js'), code);
  writeFileSync(join(into, 'handler.js'), OWN_LOADER);
  answer(join(into, 'handler.js'));
  const files = ['handler.js', 'handler.code.js', 'handler.gc.cache'];
  const contents = files.map((file) => [file, new Uint8Array(readFileSync(join(into, file)))] as const);
  return { ...built, handler: join(into, 'handler.js'), zipped: zippedSize(Object.fromEntries(contents)) };
}

const OWN_LOADER = `
const { existsSync, readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const filename = __dirname + '/handler.code.js';
const cache = __dirname + '/handler.gc.cache';
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
if (script.cachedDataRejected) throw new Error('the cache is rejected');
script.runInThisContext()(exports, require, module, filename, __dirname);
`;
