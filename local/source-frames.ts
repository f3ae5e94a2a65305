import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { parse } from 'yaml';

// Bundles are minified and have no source map (docs/performance.md says why). So when a stack trace has to be read, the
// function is bundled once more with the settings of its build block, and a map of it is made in memory. The map is
// used only when that bundle is the very one that was built.

const TEMPLATE = 'template.yaml';
const BUILD_DIR = '.aws-sam/build';
const FRAME = /^\s+at .*?handler\.js:(\d+):(\d+)\)?$/;
/** What a reader needs of a stack. The rest is how the runtime calls a handler. */
const MOST_FRAMES = 6;

interface FunctionResource {
  Metadata?: { BuildProperties?: Record<string, unknown> };
  Properties?: { CodeUri?: string };
}

const maps = new Map<string, Promise<SourceMap | undefined>>();

/**
 * The lines of a stack trace with files and lines of the source instead of the bundle's. Frames of packages are left
 * out, unless there are no others. When the source has changed since it was built, the lines say so.
 *
 * @param logicalId of the deployed function that wrote it, such as PaymentFunction
 */
export async function readableStack(stack: string, logicalId: string): Promise<string[]> {
  const lines = stack.split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line));
  const words = lines.filter((line) => line.trim() !== '' && !frames.includes(line));
  if (frames.length === 0) return words;
  const map = await mapOf(logicalId);
  if (!map) return [...words, ...frames.slice(0, MOST_FRAMES), '    (the source has changed since it was built)'];
  const all = frames.map((frame) => sourceOf(frame, map, logicalId) ?? frame.trim());
  const own = all.filter((frame) => frame.startsWith('at functions/'));
  return [...words, ...(own.length > 0 ? own : all).slice(0, MOST_FRAMES).map((frame) => `    ${frame}`)];
}

function sourceOf(frame: string, map: SourceMap, logicalId: string): string | undefined {
  const [, line, column] = FRAME.exec(frame) ?? [];
  if (line === undefined) return undefined;
  const origin = map.findOrigin(Number(line), Number(column));
  if (!('fileName' in origin)) return undefined;
  const file = relative('.', resolve(folderOf(logicalId), 'out', origin.fileName));
  return `at ${file}:${origin.lineNumber}:${origin.columnNumber}`;
}

function mapOf(logicalId: string): Promise<SourceMap | undefined> {
  const known = maps.get(logicalId);
  if (known) return known;
  const made = makeMap(logicalId).catch(() => undefined);
  maps.set(logicalId, made);
  return made;
}

async function makeMap(logicalId: string): Promise<SourceMap | undefined> {
  const { outputFiles } = await build(buildOptions(logicalId));
  const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const isTheBuiltOne = text('handler.js') === readFileSync(join(BUILD_DIR, logicalId, 'handler.js'), 'utf8');
  return isTheBuiltOne ? new SourceMap(JSON.parse(text('handler.js.map'))) : undefined;
}

/** The build block of a function in esbuild's own words, with a map. */
function buildOptions(logicalId: string): BuildOptions & { write: false } {
  const given = resourceOf(logicalId).Metadata?.BuildProperties ?? {};
  const pairs = (name: string) =>
    Object.fromEntries(((given[name] ?? []) as string[]).map((pair) => pair.split('=') as [string, string]));
  return {
    absWorkingDir: resolve(folderOf(logicalId)),
    entryPoints: given.EntryPoints as string[],
    bundle: true,
    platform: 'node',
    format: given.Format as 'cjs',
    target: String(given.Target),
    minify: given.Minify === true,
    mainFields: String(given.MainFields).split(','),
    supported: Object.fromEntries(Object.entries(pairs('Supported')).map(([name, is]) => [name, is === 'true'])),
    alias: pairs('Alias'),
    external: given.External as string[],
    sourcemap: 'external',
    outdir: 'out',
    write: false,
    logLevel: 'silent',
  };
}

/** The folder of a function's source, such as functions/payment. */
export function folderOf(logicalId: string): string {
  return resourceOf(logicalId).Properties?.CodeUri ?? '';
}

let resources: Record<string, FunctionResource> | undefined;

function resourceOf(logicalId: string): FunctionResource {
  // Tags such as !Ref are not known here; nothing that is read has one.
  resources ??= (
    parse(readFileSync(TEMPLATE, 'utf8'), { logLevel: 'silent' }) as { Resources: Record<string, FunctionResource> }
  ).Resources;
  return resources[logicalId] ?? {};
}
