/**
 * Builds the layer that every function runs on: layers/runtime/dist, which `sam build` and `sam deploy` take as it is.
 * `npm ci` runs this. layers/README.md says what the layer is for.
 *
 * 1. Each function is bundled, to see which exports of the layer's packages it uses.
 * 2. Exactly these are bundled into the layer's files.
 * 3. Beside each of its packages comes a module with the same exports, which the functions are built with in the
 *    package's place: it takes them from the layer.
 * 4. The code cache of each file is made by a process that has used it.
 *
 * The layer's folder has a hash of its code in its name. A function that was built with another layer does not find it.
 * `node build/build-layer.ts --check` builds nothing: it fails when the layer that is there would come out differently.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { IMPORTED_LATER, LAYER_FILES } from '../layers/runtime/contents.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'layers/runtime/dist');
const stubs = join(root, 'layers/runtime/stubs');

/** What the template says for every function, except where it leads to the layer. */
const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  supported: { 'dynamic-import': false },
  write: false,
  logLevel: 'error',
} as const satisfies BuildOptions;

const PACKAGE = /^(@[^/]+\/)?[^/]+/;
const CREDENTIALS = '@aws-sdk/credential-provider-node';

/** The file of the layer that has a package. */
const fileOf = (specifier: string) => {
  const name = PACKAGE.exec(specifier)?.[0] ?? '';
  return Object.keys(LAYER_FILES).find((file) => LAYER_FILES[file]?.includes(name));
};

/** Leaves out what is in another file of the layer. */
const without = (isLeftOut: (file: string) => boolean): Plugin => ({
  name: 'without',
  setup({ onResolve }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) => {
      const file = kind === 'entry-point' ? undefined : fileOf(path);
      return file !== undefined && isLeftOut(file) ? { path, external: true } : undefined;
    });
  },
});

/** The names that a bundle imports, by module. */
type Uses = Map<string, Set<string>>;

const IMPORT = /^import (?:([\w$]+)(?:, )?)?(?:\{([^}]*)\}|\* as [\w$]+)? ?from "([^"]+)";$/gm;

/**
 * What a bundle in the form of an ES module takes from the layer. Nothing is left out of that bundle, because esbuild
 * also wants the exports that only code imports which it leaves out later.
 */
function addUses(code: string, uses: Uses): void {
  for (const [statement, byDefault, named = '', module = ''] of code.matchAll(IMPORT)) {
    if (fileOf(module) === undefined) continue;
    if (statement.includes('* as ')) throw new Error(`${statement} names no exports`);
    const names = named.split(',').map((name) => name.trim().split(' as ')[0] ?? '');
    const used = uses.get(module) ?? new Set();
    for (const name of [...names, byDefault ? 'default' : '']) if (name !== '') used.add(name);
    uses.set(module, used);
  }
}

const WHOLE = { format: 'esm', ignoreAnnotations: true } as const;

const textOf = ({ outputFiles }: { outputFiles?: { text: string }[] | undefined }) => outputFiles?.[0]?.text ?? '';

async function usesOfFunctions(): Promise<Uses> {
  const uses: Uses = new Map(Object.entries(IMPORTED_LATER).map(([module, names]) => [module, new Set(names)]));
  const handlers = globSync('functions/*/handler.ts', { cwd: root });
  const bundles = await Promise.all(
    handlers.map((handler) => build({ ...OPTIONS, ...WHOLE, entryPoints: [handler], plugins: [without(() => true)] })),
  );
  for (const bundle of bundles) addUses(textOf(bundle), uses);
  return uses;
}

/** A name for an export that no other module's export has. */
const inLayer = (module: string, name: string) => `${module.replace(/\W/g, '_')}$${name}`;

/** A module with the same exports as one of a package, which takes them from the layer. */
function stubOf(module: string, names: ReadonlySet<string>, layer: string): string {
  const list = [...names].sort().map((name) => `${inLayer(module, name)} as ${name}`);
  return `export { ${list.join(', ')} } from '${layer}';\n`;
}

/** The exports of one file of the layer. */
function entryOf(file: string, uses: Uses): { contents: string; resolveDir: string } {
  const exports = [...uses]
    .filter(([module]) => fileOf(module) === file)
    .sort()
    .map(([module, names]) => {
      const list = [...names].sort().map((name) => `${name} as ${inLayer(module, name)}`);
      return `export { ${list.join(', ')} } from '${module}';`;
    });
  return { contents: exports.join('\n'), resolveDir: root };
}

/** Takes what a part needs of the core from the core's own file. */
const fromCore = (uses: Uses): Plugin => ({
  name: 'from-core',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path }) => (fileOf(path) === 'core' ? { path, namespace: 'core' } : undefined));
    onResolve({ filter: /^\.\/index\.js$/, namespace: 'core' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'core' }, ({ path }) => ({
      contents: stubOf(path, uses.get(path) ?? new Set(), './index.js'),
    }));
  },
});

/**
 * What packages import of Node and do not need at the start. Node takes milliseconds to load these modules, so they come
 * with the first call. Nothing is an instance of the class that is here, as nothing makes a web stream.
 */
const LOADED_LATER: Readonly<Record<string, string>> = {
  'node:fs/promises': "export const readFile = (...args) => module.require('node:fs/promises').readFile(...args);",
  'node:zlib': "export const crc32 = (...args) => module.require('node:zlib').crc32(...args);",
  'node:stream/promises':
    "export const pipeline = (...args) => module.require('node:stream/promises').pipeline(...args);",
  'node:stream/web': 'export class ReadableStream {}',
};

const loadedLater: Plugin = {
  name: 'loaded-later',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(LOADED_LATER).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'later' }));
    onLoad({ filter, namespace: 'later' }, ({ path }) => ({ contents: LOADED_LATER[path] ?? '' }));
  },
};

/** Lambda has no files of AWS's command line, in which the SDK looks for each setting that it was not given. */
const noConfigFiles: Plugin = {
  name: 'no-config-files',
  setup({ onLoad }) {
    onLoad({ filter: /shared-ini-file-loader\/loadSharedConfigFiles\.js$/ }, () => ({
      contents: `export { CONFIG_PREFIX_SEPARATOR } from './constants';
        export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
    }));
  },
};

/** The code of a file of the layer is an expression, which the loader evaluates with its cache and calls. */
const LAYER_OPTIONS = {
  ...OPTIONS,
  format: 'cjs',
  minify: true,
  alias: {
    [CREDENTIALS]: './functions/shared/aws/environment-credentials.ts',
    'cls-hooked/context': './layers/runtime/trace-context.ts',
    semver: './layers/runtime/no-semver.ts',
  },
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
  // Without these, a look at the two globals would load Node's web streams and its web crypto.
  define: { ReadableStream: 'undefined' },
  inject: ['./layers/runtime/node-crypto.ts'],
  plugins: [loadedLater, noConfigFiles],
} satisfies BuildOptions;

/** @returns the code of each file. It adds what the parts use of the core to what is used. */
async function layerCode(uses: Uses): Promise<Map<string, string>> {
  const parts = Object.keys(LAYER_FILES).filter((file) => file !== 'core');
  for (const file of parts) {
    const plugins = [without((other) => other !== file)];
    addUses(textOf(await build({ ...OPTIONS, ...WHOLE, stdin: entryOf(file, uses), plugins })), uses);
  }
  const code = new Map([['core', textOf(await build({ ...LAYER_OPTIONS, stdin: entryOf('core', uses) }))]]);
  for (const file of parts) {
    code.set(
      file,
      textOf(
        await build({
          ...LAYER_OPTIONS,
          stdin: entryOf(file, uses),
          plugins: [...LAYER_OPTIONS.plugins, fromCore(uses)],
        }),
      ),
    );
  }
  return code;
}

/** Leads each package of the layer to its stub, as `Alias` of the template does. */
const stubAliases = () =>
  Object.fromEntries(
    Object.values(LAYER_FILES).flatMap((names) => names.map((name) => [name, `./layers/runtime/stubs/${name}`])),
  );

const EXERCISE_ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'f',
  LAMBDA_TASK_ROOT: '/var/task',
  _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
  POWERTOOLS_SERVICE_NAME: 'order-processing',
  POWERTOOLS_METRICS_NAMESPACE: 'order-processing',
};

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const uses = await usesOfFunctions();
const code = await layerCode(uses);
const loader = readFileSync(join(root, 'layers/runtime/loader.cjs'), 'utf8');
const hash = createHash('sha256')
  .update(JSON.stringify([loader, ...code]))
  .digest('hex')
  .slice(0, 12);
const layer = `order-runtime-${hash}`;
const modules = join(dist, 'nodejs/node_modules');

if (process.argv.includes('--check')) {
  if (!existsSync(join(modules, layer, 'index.js'))) {
    console.error(`The layer is not of these packages and functions, which make ${layer}: npm run prepare.`);
    process.exitCode = 1;
  }
} else {
  writeLayer();
  await writeCodeCaches();
}

function writeLayer(): void {
  for (const folder of [dist, stubs]) rmSync(folder, { recursive: true, force: true });
  // Without this, a function would load the file of a client of which it uses nothing.
  write(join(stubs, 'package.json'), '{ "sideEffects": false }\n');
  for (const [module, names] of uses) {
    const file = fileOf(module);
    write(join(stubs, `${module}.js`), stubOf(module, names, file === 'core' ? layer : `${layer}/${file}.js`));
  }
  write(join(modules, layer, 'index.js'), loader);
  for (const [file, text] of code) {
    write(join(modules, layer, `${file}.code.js`), text);
    if (file === 'core') continue;
    write(join(modules, layer, `${file}.js`), `module.exports = require('./index.js').load('${file}');\n`);
  }
}

/** A process that has answered requests makes the caches: one with --expose-gc, as Lambda starts Node, and one without. */
async function writeCodeCaches(): Promise<void> {
  const entryPoints = ['layers/runtime/exercise.ts'];
  const options: BuildOptions = {
    ...OPTIONS,
    entryPoints,
    format: 'cjs',
    alias: stubAliases(),
    external: ['order-runtime-*'],
  };
  const exercise = join(dist, 'exercise.js');
  write(exercise, textOf(await build(options)));
  for (const flags of [[], ['--expose-gc']]) {
    execFileSync(process.execPath, [...flags, join(root, 'layers/runtime/make-code-cache.cjs'), exercise], {
      env: { ...EXERCISE_ENVIRONMENT, NODE_PATH: modules },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  rmSync(exercise);
}
