import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Takes the place of `cls-hooked`, in which X-Ray's SDK keeps the current segment. That package observes every promise
 * of the process through async_hooks, at a cost for each; Node's own AsyncLocalStorage does the same for nothing.
 *
 * A function answers one request at a time. So the context that is entered while it loads is the current one wherever
 * no other is, also where Lambda's runtime calls the handler.
 */
type Context = Record<string, unknown>;

class Namespace {
  private readonly storage = new AsyncLocalStorage<Context>();
  private entered: Context | undefined;

  get active(): Context | undefined {
    return this.storage.getStore() ?? this.entered;
  }

  createContext(): Context {
    return Object.create(this.active ?? null);
  }

  enter(context: Context): void {
    this.entered = context;
  }

  exit(context: Context): void {
    if (this.entered === context) this.entered = undefined;
  }

  get(key: string): unknown {
    return this.active?.[key];
  }

  set(key: string, value: unknown): unknown {
    const { active } = this;
    if (!active) throw new Error('no context is entered');
    active[key] = value;
    return value;
  }

  run(work: (context: Context) => unknown): Context {
    const context = this.createContext();
    this.storage.run(context, work, context);
    return context;
  }

  runAndReturn<Result>(work: (context: Context) => Result): Result {
    const context = this.createContext();
    return this.storage.run(context, work, context);
  }

  runPromise<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
    return this.runAndReturn(work);
  }

  bind<Arguments extends unknown[], Result>(
    work: (...args: Arguments) => Result,
    context = this.active ?? this.createContext(),
  ): (...args: Arguments) => Result {
    return (...args) => this.storage.run(context, () => work(...args));
  }

  /** AsyncLocalStorage follows what an emitter was made in. */
  bindEmitter(): void {}
}

const namespaces = new Map<string, Namespace>();

export function getNamespace(name: string): Namespace | undefined {
  return namespaces.get(name);
}

export function createNamespace(name: string): Namespace {
  const namespace = new Namespace();
  namespaces.set(name, namespace);
  return namespace;
}

export function destroyNamespace(name: string): void {
  namespaces.delete(name);
}
