import { Logger } from '@aws-lambda-powertools/logger';
import type { CommonField, FieldOf, LogCode } from './log-codes.ts';
import { AllowListFormatter } from './log-formatter.ts';

/** The container's logger as Powertools' middleware needs it. Functions use `logger`. */
export const powertoolsLogger = new Logger({ logFormatter: new AllowListFormatter() });

type NamesOf<Fields> = Fields extends unknown ? keyof Fields : never;
/** The compiler refuses a field that the code does not have, also one that is spread. */
type Only<Names, Fields> = [Exclude<NamesOf<Fields>, Names>] extends [never] ? Fields : never;
type Log = <Code extends LogCode, Fields extends object = Record<never, never>>(
  code: Code,
  fields?: Fields extends Error ? Fields : Only<FieldOf<Code>, Fields>,
) => void;

/** A logger whose messages are the codes of log-codes.ts, with the fields that each has there. */
export interface CodedLogger {
  info: Log;
  warn: Log;
  error: Log;
  /** Adds fields to every further line of this invocation. */
  appendKeys<Fields extends object>(fields: Only<CommonField, Fields>): void;
}

/**
 * The container's logger. A message is a constant code in capitals, and values go into fields. Personal data is never
 * logged, and a field that is not in log-fields.ts is hidden.
 */
export const logger = powertoolsLogger as CodedLogger;
