import { Logger } from '@aws-lambda-powertools/logger';

/** The container's logger. Messages are constant codes in capitals; what varies goes into fields, never personal data. */
export const logger = new Logger();
