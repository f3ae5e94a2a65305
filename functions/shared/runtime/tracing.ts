import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Subsegment } from 'aws-xray-sdk-core';
import { errorName } from './error-name.ts';

/** The container's tracer. It captures no responses, because they hold personal data. */
export const tracer = new Tracer({ captureHTTPsRequests: false });

/** What traces are searched by. docs/observability.md says where each is set. Nothing personal may be one. */
export interface TraceAnnotations {
  orderId?: string | undefined;
  correlationId?: string | undefined;
  /** The status of the order, the answer of the provider, or the name of what failed. */
  outcome?: string | undefined;
  provider?: string | undefined;
  currency?: string | undefined;
}

/** Puts annotations on what is traced now: the handler, or the `traced` work that this is called in. */
export function annotate(annotations: TraceAnnotations): void {
  for (const [name, value] of Object.entries(annotations)) {
    if (value !== undefined) tracer.putAnnotation(name, value);
  }
}

/**
 * Does work in a subsegment of its own, so that a trace shows how long it took and whether it failed. Of an error only
 * the name is traced, as the annotation `outcome`.
 *
 * @param service the name of another system that the work calls. X-Ray shows it as a node of the map.
 */
export async function traced<Result>(name: string, work: () => Promise<Result>, service?: string): Promise<Result> {
  if (!tracer.isTracingEnabled()) return work();
  return tracer.provider.captureAsyncFunc(service ?? `## ${name}`, async (subsegment?: Subsegment) => {
    if (subsegment && service !== undefined) subsegment.namespace = 'remote';
    try {
      return await work();
    } catch (error) {
      subsegment?.addFaultFlag();
      subsegment?.addAnnotation('outcome', errorName(error) ?? 'Error');
      throw error;
    } finally {
      subsegment?.close();
    }
  }) as Promise<Result>;
}

/**
 * The trace header of this invocation, for a message of a queue. Undefined outside Lambda. Lambda makes a new one for
 * each invocation.
 */
export function traceHeader(): string | undefined {
  return process.env._X_AMZN_TRACE_ID || undefined;
}
