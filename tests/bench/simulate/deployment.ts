/** What the model takes from template.yaml and the workflows, so that it cannot say something else than they do. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Json, resourcesOf, template } from '../../template/template.ts';
import type { Retrier } from './retriers.ts';

export interface State {
  Type: string;
  Resource?: string;
  Arguments?: { FunctionName?: string; Payload?: { operation?: string } };
  Retry?: Retrier[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  Next?: string;
  Default?: string;
  End?: boolean;
}

interface Definition {
  StartAt: string;
  States: Record<string, State>;
}

export interface Deployment {
  /** Parameter ApiRequestsPerSecond: rate and burst. */
  apiRequestsPerSecond: number;
  /** Megabytes of each function, by folder. */
  memory: Record<string, number>;
  pipeBatch: number;
  queue: { visibilityTimeout: number; maxReceives: number };
  /** The retriers of StartOrder, in dispatch-orders. */
  startRetry: Retrier[];
  order: Definition;
  email: { workers: number };
  stream: { batch: number; batchesPerShard: number };
}

/** A number as it stands in the template, or the default of the parameter that stands there. */
function numberAt(value: Json | undefined): number {
  const ref = typeof value === 'object' && value !== null && 'Ref' in value ? String(value.Ref) : undefined;
  const found = Number(ref === undefined ? value : template.Parameters[ref]?.Default);
  if (value === undefined || Number.isNaN(found)) throw new Error(`${JSON.stringify(value)} is no number`);
  return found;
}

function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner[key] : undefined),
    value,
  );
}

const resource = (id: string) => template.Resources[id]?.Properties;

function definition<Shape>(name: string): Shape {
  return parse(readFileSync(`statemachine/${name}.asl.yaml`, 'utf8')) as Shape;
}

/** Reads the template and both workflows. @throws Error when something that the model needs is not there any more */
export function readDeployment(): Deployment {
  const dispatch = definition<{ States: { DispatchMessages: { ItemProcessor: Definition } } }>('dispatch-orders');
  const startRetry = dispatch.States.DispatchMessages.ItemProcessor.States.StartOrder?.Retry;
  if (!startRetry) throw new Error('dispatch-orders has no StartOrder with a Retry');
  const stage = (at(resource('Api'), 'MethodSettings') as { ResourcePath: string; ThrottlingRateLimit: Json }[]).find(
    ({ ResourcePath }) => ResourcePath === '/*',
  );
  const stream = at(resource('PublishOrderEventsFunction'), 'Events', 'OrderWrites', 'Properties');
  return {
    apiRequestsPerSecond: numberAt(stage?.ThrottlingRateLimit),
    memory: Object.fromEntries(
      resourcesOf('AWS::Serverless::Function').map(([, { Properties }]) => [
        String(Properties.CodeUri).replace('functions/', ''),
        numberAt(Properties.MemorySize ?? template.Globals.Function.MemorySize),
      ]),
    ),
    pipeBatch: numberAt(at(resource('OrderPipe'), 'SourceParameters', 'SqsQueueParameters', 'BatchSize')),
    queue: {
      visibilityTimeout: numberAt(at(resource('OrderQueue'), 'VisibilityTimeout')),
      maxReceives: numberAt(at(resource('OrderQueue'), 'RedrivePolicy', 'maxReceiveCount')),
    },
    startRetry,
    order: definition<Definition>('process-order'),
    email: {
      workers: numberAt(
        at(
          resource('DeliverNotificationFunction'),
          'Events',
          'Notifications',
          'Properties',
          'ScalingConfig',
          'MaximumConcurrency',
        ),
      ),
    },
    stream: {
      batch: numberAt(at(stream, 'BatchSize')),
      batchesPerShard: numberAt(at(stream, 'ParallelizationFactor') ?? 1),
    },
  };
}

/** The function that a state invokes, by folder: `${ValidateFunctionArn}` is validate. */
export function functionOf({ Arguments }: State): string | undefined {
  const [, name] = Arguments?.FunctionName?.match(/^\$\{(\w+)FunctionArn\}$/) ?? [];
  return name?.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** The states of an order that succeeds, in order. */
export function wayOf({ StartAt, States }: Definition): string[] {
  const way: string[] = [];
  for (let name: string | undefined = StartAt; name !== undefined; name = States[name]?.Next) way.push(name);
  return way;
}

/** The functions that an order which succeeds waits for, by folder. */
export function functionsOnTheWay({ order }: Deployment): string[] {
  const invoked = wayOf(order).flatMap((name) => functionOf(order.States[name] ?? { Type: 'Task' }) ?? []);
  return [...new Set(['create-order', ...invoked])];
}
