import type { RealCall } from './fault-plan.ts';

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxDelaySeconds?: number;
  MaxAttempts?: number;
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
}

export interface State {
  Type: string;
  Resource?: string;
  Arguments?: Record<string, unknown>;
  Assign?: Record<string, unknown>;
  TimeoutSeconds?: number;
  Retry?: Retrier[];
  Catch?: Catcher[];
  Choices?: { Next: string }[];
  Default?: string;
  Next?: string;
  End?: boolean;
}

export interface Definition {
  StartAt: string;
  States: Record<string, State>;
}

export interface CopyOptions {
  /** The Tasks that the fault function stands in for. */
  faulted: string[];
  faultFunctionArn: string;
  /** Shortened timeouts, by Task. */
  timeouts?: Record<string, number>;
}

export function taskStates(definition: Definition): string[] {
  return Object.entries(definition.States).flatMap(([name, { Type }]) => (Type === 'Task' ? [name] : []));
}

/**
 * The definition with a fault function in place of some Tasks. Nothing waits between two attempts; counts, error
 * lists, Catch and edges stay. What `isAllowedDifference` does not allow is not changed.
 */
export function copyWithFaults(original: Definition, options: CopyOptions): Definition {
  const copy = structuredClone(original);
  for (const [name, state] of Object.entries(copy.States)) {
    for (const retrier of state.Retry ?? []) if (retrier.IntervalSeconds !== undefined) retrier.IntervalSeconds = 0;
    if (options.faulted.includes(name)) standIn(name, state, options);
  }
  return copy;
}

/** The local cloud waits a tenth of the time that a definition says: SFN_WAIT_SCALE in local/mini-stack.ts. */
const WAIT_SCALE = 0.1;

/**
 * The copy with the retries of the original, which wait as long as they do on AWS: for tests in which a wait stands
 * beside something that takes its real time everywhere, such as a function's work or a breaker's cool-down.
 */
export function waitingAsOnAws(copy: Definition, original: Definition): Definition {
  const waiting = structuredClone(copy);
  const real = (seconds: number) => seconds / WAIT_SCALE;
  for (const [name, state] of Object.entries(waiting.States)) {
    const { Retry } = original.States[name] ?? {};
    if (!Retry) continue;
    state.Retry = Retry.map(({ IntervalSeconds, MaxDelaySeconds, ...retrier }) => ({
      ...retrier,
      ...(IntervalSeconds !== undefined && { IntervalSeconds: real(IntervalSeconds) }),
      ...(MaxDelaySeconds !== undefined && { MaxDelaySeconds: real(MaxDelaySeconds) }),
    }));
  }
  return waiting;
}

function standIn(name: string, state: State, { faultFunctionArn, timeouts = {} }: CopyOptions): void {
  const call = realCall(name, state);
  state.Resource = 'arn:aws:states:::lambda:invoke';
  state.Arguments = {
    FunctionName: faultFunctionArn,
    Payload: { state: name, orderId: '{% $states.context.Execution.Input.orderId %}', call },
  };
  if (call.kind !== 'invoke' && state.Assign) state.Assign = overPayload(state.Assign);
  const timeout = timeouts[name];
  if (timeout !== undefined) state.TimeoutSeconds = timeout;
}

function realCall(name: string, { Resource, Arguments = {} }: State): RealCall {
  switch (Resource) {
    case 'arn:aws:states:::lambda:invoke':
      return { kind: 'invoke', functionName: String(Arguments.FunctionName), payload: Arguments.Payload };
    case 'arn:aws:states:::dynamodb:updateItem':
      return { kind: 'updateItem', input: Arguments };
    case 'arn:aws:states:::aws-sdk:dynamodb:transactWriteItems':
      return { kind: 'transactWriteItems', input: Arguments };
    default:
      throw new Error(`the fault function cannot stand in for ${name}: teach it ${Resource}`);
  }
}

/** lambda:invoke wraps the result that the direct integration gives plain. */
function overPayload(assign: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(assign).replaceAll('$states.result', '$states.result.Payload');
  return JSON.parse(text) as Record<string, unknown>;
}

/** The paths at which two JSON values differ, such as `States.X.Retry.0.MaxAttempts`. */
export function differences(one: unknown, other: unknown, path = ''): string[] {
  if (!isObject(one) || !isObject(other)) return JSON.stringify(one) === JSON.stringify(other) ? [] : [path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], path ? `${path}.${key}` : key));
}

/** Whether a copy may differ from its original at a path. */
export function isAllowedDifference(path: string, faulted: string[]): boolean {
  if (/^States\.\w+\.Retry\.\d+\.IntervalSeconds$/.test(path)) return true;
  const [, state = '', field = ''] = path.split('.');
  return faulted.includes(state) && ['Resource', 'Arguments', 'TimeoutSeconds', 'Assign'].includes(field);
}

/** How often Step Functions tries a Task that always ends with this error. */
export function attemptsFor(state: State, error: string): number {
  const retrier = state.Retry?.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes(ALL));
  return 1 + (retrier ? (retrier.MaxAttempts ?? 3) : 0);
}

const ALL = 'States.ALL';

/** Every edge of the graph as `from -> to`. */
export function edges({ States }: Definition): string[] {
  return Object.entries(States).flatMap(([name, { Next, Default, Choices = [], Catch = [] }]) => {
    const targets = [Next, Default, ...Choices.map((choice) => choice.Next), ...Catch.map((catcher) => catcher.Next)];
    return [...new Set(targets.filter((target) => target !== undefined))].map((target) => `${name} -> ${target}`);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
