import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { LOG_FIELDS } from './log-fields.ts';

const HIDDEN = 'hidden';
const ALLOWED: ReadonlySet<string> = new Set(LOG_FIELDS);
/** An e-mail address, or a JSON Web Token. Neither belongs into an allowed field, and both are told by their form. */
const PERSONAL = /[^\s@]@[^\s@]|eyJ[\w-]{8}/;
/** An error, its cause, and the cause of that: enough to see what happened. */
const MOST_CAUSES = 3;

/**
 * Writes log lines with the names of Powertools' own formatter, but hides the value of every field that is not one of LOG_FIELDS, at any depth.
 *
 * Of an error come out its name, its code, and where it was thrown. Its message comes out only if its class names
 * itself, as ours and those of the AWS SDK do: our messages hold ids and states only, and clients whose service quotes
 * addresses hide theirs (functions/shared/aws/hide-messages.ts). Messages of the language and of libraries quote what
 * they were given: `JSON.parse` quotes the body of a request.
 */
export class AllowListFormatter extends LogFormatter {
  readonly #formatted = new WeakSet<object>();

  override formatAttributes(attributes: UnformattedAttributes, additional: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, sampleRateValue, xRayTraceId } = attributes;
    const ofPowertools = {
      level: logLevel,
      message,
      timestamp: this.formatTimestamp(timestamp),
      service: serviceName,
      cold_start: lambdaContext?.coldStart,
      function_arn: lambdaContext?.invokedFunctionArn,
      function_memory_size: lambdaContext?.memoryLimitInMB,
      function_name: lambdaContext?.functionName,
      function_request_id: lambdaContext?.awsRequestId,
      sampling_rate: sampleRateValue,
      xray_trace_id: xRayTraceId,
    };
    return new LogItem({ attributes: ofPowertools }).addAttributes(this.#fieldsOf(additional));
  }

  override formatError(error: Error): LogAttributes {
    return this.#errorOf(error, MOST_CAUSES);
  }

  #errorOf(error: Error, causes: number): LogAttributes {
    const { name, stack, cause } = error;
    const { code } = error as { code?: unknown };
    const message = Object.hasOwn(error, 'name') && !PERSONAL.test(error.message) ? error.message : HIDDEN;
    const formatted = {
      name,
      location: this.getCodeLocation(stack),
      message,
      // Its first lines are the message, however many lines that has.
      stack: [`${name}: ${message}`, ...(stack?.split('\n').filter(isFrame) ?? [])].join('\n'),
      ...(typeof code === 'string' && /^\w+$/.test(code) && { code }),
      ...(cause instanceof Error && causes > 1 && { cause: this.#errorOf(cause, causes - 1) }),
    };
    this.#formatted.add(formatted);
    return formatted;
  }

  #fieldsOf(fields: object): LogAttributes {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, ALLOWED.has(name) ? this.#clean(value) : HIDDEN]),
    );
  }

  #clean(value: unknown): unknown {
    if (typeof value === 'string') return PERSONAL.test(value) ? HIDDEN : value;
    if (typeof value !== 'object' || value === null || this.#formatted.has(value)) return value;
    if (value instanceof Error) return this.formatError(value);
    if (Array.isArray(value)) return value.map((one) => this.#clean(one));
    return this.#fieldsOf(value);
  }
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}
