import { setImmediate } from 'node:timers/promises';
import { createNamespace, destroyNamespace, getNamespace } from '../../layers/runtime/trace-context.ts';

const made: string[] = [];

function namespace() {
  const name = `test-${made.length}`;
  made.push(name);
  return createNamespace(name);
}

afterAll(() => made.forEach(destroyNamespace));

test('has the namespace that was created, until it is destroyed', () => {
  const created = namespace();
  expect(getNamespace(made.at(-1) ?? '')).toBe(created);
  expect(getNamespace('another')).toBeUndefined();
});

test('sets nothing where no context was entered', () => {
  expect(() => namespace().set('segment', 1)).toThrow('no context');
});

test('has the context that was entered while the function loaded, also in a request that comes later', async () => {
  const context = namespace();
  await (async () => {
    await setImmediate();
    context.enter(context.createContext());
    context.set('segment', 'facade');
  })();
  expect(context.get('segment')).toBe('facade');
  await setImmediate();
  context.set('segment', 'handler');
  expect(context.get('segment')).toBe('handler');
});

test('keeps what calls at the same time set apart, and goes back to the outer one', async () => {
  const context = namespace();
  context.enter(context.createContext());
  context.set('segment', 'outer');
  const call = (name: string) =>
    context.runAndReturn(async () => {
      expect(context.get('segment')).toBe('outer');
      context.set('segment', name);
      await setImmediate();
      await setImmediate();
      return context.get('segment');
    });
  expect(await Promise.all([call('one'), call('two')])).toEqual(['one', 'two']);
  expect(context.get('segment')).toBe('outer');
});

test('binds a callback to the context in which it was bound', () => {
  const context = namespace();
  context.enter(context.createContext());
  context.set('segment', 'outer');
  const bound = context.runAndReturn(() => {
    context.set('segment', 'inner');
    return context.bind((suffix: string) => `${context.get('segment')}${suffix}`);
  });
  expect(bound('!')).toBe('inner!');
});
