import { Logger } from '@aws-lambda-powertools/logger';

/**
 * The container's logger. A message is a constant code in capitals, and values go into fields. Personal data is never
 * logged.
 */
export const logger = new Logger();
