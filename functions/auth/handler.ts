import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { readBody } from '../shared/api/request-body.ts';
import { cognito } from '../shared/aws/cognito.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { authenticate } from './auth.ts';
import validateAuthRequest from './auth-request.validator.js';

const { USER_POOL_CLIENT_ID } = readEnvironment(['USER_POOL_CLIENT_ID']);

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const request = readBody(event, validateAuthRequest);
  logger.appendKeys({ action: request.action });
  return authenticate(request, { cognito, clientId: USER_POOL_CLIENT_ID, onLimit: reportLimit });
});

function reportLimit(limit: string): void {
  logger.warn('AUTH_LIMIT_REACHED', { limit });
  measure('AuthLimitsReached', 1);
}
