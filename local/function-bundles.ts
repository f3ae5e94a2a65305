import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type BuildContext, type BuildFailure, type BuildOptions, context } from 'esbuild';
import { parse } from 'yaml';

/** What a function would be deployed as. */
export interface Bundle {
  /** The logical id in template.yaml. */
  functionId: string;
  /** The last part of its CodeUri, as people know it. */
  name: string;
  /** Content by path in the artifact. */
  files: Record<string, Uint8Array>;
}

interface BuiltFunction {
  functionId: string;
  name: string;
  context: BuildContext;
  /** Absolute paths of the sources that the last build read. None after a failed build: then any change may mend it. */
  inputs: Set<string> | undefined;
  current: string | undefined;
}

/**
 * The bundles of every function of template.yaml, made by esbuild with the BuildProperties that the template has, as
 * `sam build` makes them. esbuild keeps what it parsed, so that the next build of a function takes milliseconds.
 */
export class FunctionBundles {
  private readonly functions: BuiltFunction[];

  private constructor(functions: BuiltFunction[]) {
    this.functions = functions;
  }

  /** @param buildDir where `sam build` put what is deployed; a function that differs from it counts as changed */
  static async open(buildDir: string): Promise<FunctionBundles> {
    return new FunctionBundles(
      await Promise.all(
        esbuildFunctions().map(async ({ functionId, folder, properties }) => ({
          functionId,
          name: folder.replace(/^functions\//, ''),
          context: await context(buildOptions(folder, properties)),
          inputs: undefined,
          current: readDeployed(`${buildDir}/${functionId}/handler.js`),
        })),
      ),
    );
  }

  /**
   * Builds the functions that contain one of the changed files.
   *
   * @param changed absolute paths
   * @returns the bundles that differ from what they were, and one text with file and line for each error
   */
  async rebuild(changed: ReadonlySet<string>): Promise<{ bundles: Bundle[]; errors: string[] }> {
    const concerned = this.functions.filter(
      ({ inputs }) => inputs === undefined || [...changed].some((path) => inputs.has(path)),
    );
    const bundles: Bundle[] = [];
    const errors = new Set<string>();
    await Promise.all(
      concerned.map(async (built) => {
        try {
          const { metafile, outputFiles = [] } = await built.context.rebuild();
          built.inputs = new Set(Object.keys(metafile?.inputs ?? {}).map((path) => resolve(folderOf(built), path)));
          const code = outputFiles.map(({ text }) => text).join('\n');
          if (code === built.current) return;
          built.current = code;
          const files = outputFiles.map(({ path, contents }) => [relative(folderOf(built), path), contents] as const);
          bundles.push({ functionId: built.functionId, name: built.name, files: Object.fromEntries(files) });
        } catch (error) {
          built.inputs = undefined;
          for (const text of errorTexts(error as BuildFailure, folderOf(built))) errors.add(text);
        }
      }),
    );
    bundles.sort((one, other) => one.name.localeCompare(other.name));
    return { bundles, errors: [...errors] };
  }

  /** Counts a bundle as changed again, because it could not be deployed. The next change brings it. */
  forget({ functionId }: Bundle): void {
    const built = this.functions.find((candidate) => candidate.functionId === functionId);
    if (built) Object.assign(built, { current: undefined, inputs: undefined });
  }

  async close(): Promise<void> {
    await Promise.all(this.functions.map((built) => built.context.dispose()));
  }
}

const folderOf = ({ name }: { name: string }) => resolve('functions', name);

function readDeployed(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

interface TemplateResource {
  Type: string;
  Metadata?: { BuildMethod?: string; BuildProperties?: Record<string, unknown> };
  Properties?: { CodeUri?: string };
}

/** The functions of template.yaml, each with its folder and its BuildProperties. */
export function esbuildFunctions(): { functionId: string; folder: string; properties: Record<string, unknown> }[] {
  // Tags such as !Ref are not known here, and none of them is in what is read.
  const { Resources } = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' }) as {
    Resources: Record<string, TemplateResource>;
  };
  return Object.entries(Resources).flatMap(([functionId, { Type, Metadata, Properties }]) =>
    Type === 'AWS::Serverless::Function' && Metadata?.BuildMethod === 'esbuild' && Properties?.CodeUri !== undefined
      ? [{ functionId, folder: Properties.CodeUri, properties: Metadata.BuildProperties ?? {} }]
      : [],
  );
}

/** The BuildProperties of SAM are esbuild's flags with capital letters. SAM adds the two that are first here. */
export function buildOptions(folder: string, properties: Record<string, unknown>): BuildOptions {
  const options = Object.entries(properties).map(([name, value]) => {
    const option = `${name[0]?.toLowerCase()}${name.slice(1)}`;
    return [option, option === 'mainFields' ? String(value).split(',') : withPairsAsObject(value)];
  });
  return {
    bundle: true,
    platform: 'node',
    ...(Object.fromEntries(options) as BuildOptions),
    absWorkingDir: resolve(folder),
    outdir: resolve(folder),
    write: false,
    metafile: true,
    logLevel: 'silent',
  };
}

/** A list such as `[dynamic-import=false]` is an object for esbuild's API. */
function withPairsAsObject(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((item) => String(item).includes('='))) return value;
  return Object.fromEntries(
    value.map((item) => {
      const [, key = '', text = ''] = /^(.*?)=(.*)$/.exec(String(item)) ?? [];
      return [key, text === 'true' ? true : text === 'false' ? false : text];
    }),
  );
}

function errorTexts(error: BuildFailure, folder: string): string[] {
  if (error.errors === undefined) return [String(error)];
  return error.errors.map(({ text, location }) => {
    if (!location) return text;
    return `${relative(process.cwd(), resolve(folder, location.file))}:${location.line}:${location.column + 1}: ${text}`;
  });
}
