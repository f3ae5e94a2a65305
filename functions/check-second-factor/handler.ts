import { cognitoInTrigger } from '../shared/aws/cognito-in-trigger.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { type BeforeToken, checkSecondFactor } from './check-second-factor.ts';

export const handler = lambdaHandler(async (event: BeforeToken) => {
  const answer = await checkSecondFactor(event, { cognito: cognitoInTrigger });
  if (answer !== event) logger.warn('RIGHTS_WITHHELD', { accountId: event.userName });
  return answer;
});
