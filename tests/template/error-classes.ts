/** Finds the error classes of functions/ and, by bundling it, which of them a function can make. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from './template.ts';

export interface ErrorClass {
  name: string;
  file: string;
  /** What the class says its instances are called; undefined when it does not say it with a literal. */
  literalName: string | undefined;
}

/** The classes in a source text that extend Error, directly or through one another. */
export function errorClassesIn(sources: Readonly<Record<string, string>>): ErrorClass[] {
  const classes = Object.entries(sources).flatMap(([file, source]) =>
    [...source.matchAll(/^(?:export )?(?:abstract )?class (\w+)(?:<[^>]*>)? extends (\w+)[^{]*\{([\s\S]*?)^\}/gm)].map(
      ([, name = '', parent = '', body = '']) => ({ name, parent, body, file }),
    ),
  );
  const errors = new Set<string>();
  const isError = (name: string) => name === 'Error' || errors.has(name);
  for (let before = -1; before !== errors.size; ) {
    before = errors.size;
    for (const { name, parent } of classes) if (isError(parent)) errors.add(name);
  }
  return classes
    .filter(({ name }) => errors.has(name))
    .map(({ name, body, file }) => ({
      name,
      file,
      literalName: body.match(/^\s*(?:public )?(?:override )?(?:readonly )?name(?:: [^=]+)? = '([^']*)'/m)?.[1],
    }));
}

/** The error classes of all functions. */
export function errorClasses(): ErrorClass[] {
  const files = globSync('functions/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.d.ts'));
  return errorClassesIn(Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')])));
}

/**
 * The error classes that a function makes in code that is left after bundling. A class that it only names, to tell
 * errors apart, does not count.
 */
export function errorsMadeBy(functionFolder: string, classes: readonly ErrorClass[]): string[] {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [`./${functionFolder}/handler.ts`],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    treeShaking: true,
    packages: 'external',
    external: ['*.validator.js'],
    logLevel: 'silent',
  });
  const bundle = outputFiles[0]?.text ?? '';
  return [...new Set(classes.map(({ name }) => name))].filter((name) => new RegExp(`\\bnew ${name}\\(`).test(bundle));
}
