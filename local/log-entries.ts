/** A line that a function logged, or text that it left otherwise, such as the stack of an error that it threw. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  at: number;
  /** The function's folder, such as create-order. */
  function: string;
  level: string;
  /** The code of the message, or the first line of a text. */
  message: string;
  /** What the line says beside its code. What every line of a function has in common is left out. */
  fields: Record<string, unknown>;
  /** The stack of an error. */
  stack?: string;
  requestId?: string;
}

/** What tells an entry from every other, for a reader that reads the same minutes again. */
export const entryKey = ({ at, function: name, requestId, message, fields }: LogEntry): string =>
  [at, name, requestId, message, JSON.stringify(fields)].join();

/** An event as CloudWatch Logs has it. */
export interface LogEvent {
  logStreamName?: string | undefined;
  timestamp?: number | undefined;
  message?: string | undefined;
}

/** In every line of Powertools' logger, and of no interest to a reader. */
const COMMON =
  /^(level|message|timestamp|service|cold_start|function_.+|sampling_rate|xray_trace_id|trace_id|tenant_id)$/;

/** What Node and the SDK say of every start of a worker here, and AWS does not show. */
const NOISE =
  /^(\(node:\d+\) .*DeprecationWarning|\(Use `node --trace|QueueUrl=\S+ differs from|Set \[endpoint=|INIT_START|END RequestId|REPORT RequestId)/;

/** What Lambda writes of an error that a handler threw, or that ended the loading of a function. */
const THROWN = /^(\S+)\t\S+\tERROR\t(Invoke Error|Uncaught Exception)\s*\t(\{.*\})$/;
/** The message of an entry about an error while loading. */
export const WHILE_LOADING = 'Uncaught Exception';

/**
 * The entries of a function's log events, oldest first. Lambda's own lines and metrics are left out, and the lines of a
 * stack are one entry.
 *
 * @param events in the order in which CloudWatch Logs has them
 */
export function entriesOf(name: string, events: readonly LogEvent[]): LogEntry[] {
  const entries: LogEntry[] = [];
  let requestId: string | undefined;
  let stream: string | undefined;
  let text: LogEntry | undefined;
  for (const { logStreamName, timestamp = 0, message = '' } of events) {
    if (logStreamName !== stream) {
      stream = logStreamName;
      requestId = undefined;
      text = undefined;
    }
    const start = /^START RequestId: (\S+)/.exec(message);
    if (start) requestId = start[1];
    if (start || NOISE.test(message) || message.trim() === '') {
      text = undefined;
      continue;
    }
    const thrown = thrownIn(message);
    const line = thrown ? undefined : parseLine(message);
    if (thrown) {
      text = undefined;
      entries.push({ function: name, level: 'ERROR', ...thrown, ...(requestId && { requestId }) });
    } else if (line) {
      text = undefined;
      if (!('_aws' in line)) entries.push(entryOf(name, line, timestamp, requestId));
    } else if (text) {
      text.stack = `${text.stack ?? text.message}\n${message}`;
      if (/^\s+at /.test(message)) text.level = 'ERROR';
    } else {
      text = { at: timestamp, function: name, level: 'INFO', message, fields: {}, ...(requestId && { requestId }) };
      entries.push(text);
    }
  }
  return entries.sort((one, other) => one.at - other.at);
}

function entryOf(name: string, line: Record<string, unknown>, timestamp: number, requestId?: string): LogEntry {
  const { error, ...rest } = line;
  const { stack, ...told } = (typeof error === 'object' && error !== null ? error : {}) as { stack?: unknown };
  const fields = Object.entries(rest).filter(([key]) => !COMMON.test(key));
  return {
    at: Date.parse(String(line.timestamp)) || timestamp,
    function: name,
    level: String(line.level ?? 'INFO'),
    message: String(line.message ?? ''),
    fields: { ...Object.fromEntries(fields), ...(typeof stack !== 'string' && error !== undefined && { error: told }) },
    ...(typeof stack === 'string' && { stack }),
    ...(requestId && { requestId }),
  };
}

function thrownIn(message: string): Pick<LogEntry, 'at' | 'message' | 'fields' | 'stack'> | undefined {
  const [, at = '', code = '', json = ''] = THROWN.exec(message) ?? [];
  const {
    errorType,
    errorMessage,
    stack = [],
  } = (parseLine(json) ?? {}) as Record<string, string> & {
    stack?: string[];
  };
  if (errorType === undefined) return undefined;
  return { at: Date.parse(at), message: code, fields: { errorType, errorMessage }, stack: stack.join('\n') };
}

function parseLine(message: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
