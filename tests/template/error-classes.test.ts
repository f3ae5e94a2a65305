import { errorClasses, errorClassesIn } from './error-classes.ts';

describe('error classes', () => {
  test('of all functions carry their own name as a literal, because minifying renames classes', () => {
    expect(errorClasses().length).toBeGreaterThan(5);
    expect(errorClasses().filter(({ name, literalName }) => literalName !== name)).toEqual([]);
  });

  test('with one name mean one thing', () => {
    const names = errorClasses().map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test.each([
    ['says nothing', 'class Lost extends Error {\n}\n', undefined],
    [
      'takes it from the class',
      'class Lost extends Error {\n  override readonly name = new.target.name;\n}\n',
      undefined,
    ],
    ['says another', "class Lost extends Error {\n  override readonly name = 'Found';\n}\n", 'Found'],
    ['says its own', "export class Lost extends Error {\n  override readonly name = 'Lost';\n}\n", 'Lost'],
  ])('are read as they are: one that %s', (_what, source, literalName) => {
    expect(errorClassesIn({ 'a.ts': source })).toEqual([{ name: 'Lost', file: 'a.ts', literalName }]);
  });

  test('are found behind other classes, other files included', () => {
    const found = errorClassesIn({
      'a.ts': 'class Smaller extends Bigger {\n}\nclass Other extends Map<string, string> {\n}\n',
      'b.ts': "abstract class Bigger extends Error {\n  override name = 'Bigger';\n}\n",
    });
    expect(found.map(({ name }) => name)).toEqual(['Smaller', 'Bigger']);
  });
});
