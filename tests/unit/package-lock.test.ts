import { readFileSync } from 'node:fs';

interface Entry {
  version?: string;
  resolved?: string;
  /** Set where the package is a folder of this tree, which `resolved` names then. */
  link?: true;
  optionalDependencies?: Record<string, string>;
}

const packages = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages as Record<string, Entry>;

test('the lock file has the binaries of every platform, or npm ci refuses it on the others', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isIn(path, name)),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry, so that each machine uses its own', () => {
  const named = Object.values(packages).flatMap(({ resolved, link }) => (link ? [] : (resolved ?? [])));
  expect(named).toEqual([]);
});

/** Whether a package that stands at `path` finds another by name, in its own folder or one further up. */
function isIn(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder}${folder && '/'}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
