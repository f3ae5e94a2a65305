import { Problem } from '../shared/api/problem.ts';
import { errorName, isNamed } from '../shared/runtime/error-name.ts';

// What Cognito refuses, and what the API answers then. The API never tells whether an account exists. Therefore each
// action has one answer for all the reasons in its list, and the lists hold every reason that depends on the account.

/** The first two tell that the account exists. SignUp throws them even with PreventUserExistenceErrors. */
export const SIGN_UP_REFUSED = ['UsernameExistsException', 'AliasExistsException', 'LimitExceededException'];

/** An account gets no code: it is unknown, confirmed already, without an address, or has asked too often. */
export const NO_CODE_SENT = [
  'UserNotFoundException',
  'InvalidParameterException',
  'NotAuthorizedException',
  'UserNotConfirmedException',
  'LimitExceededException',
];

export const SIGN_IN_REFUSED = [
  'NotAuthorizedException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'PasswordResetRequiredException',
  'InvalidParameterException',
];

/** The text is not a refresh token, or it is another client's. To sign out then needs nothing and succeeds. */
export const NOTHING_TO_REVOKE = [
  'NotAuthorizedException',
  'UnauthorizedException',
  'InvalidParameterException',
  'UnsupportedTokenTypeException',
];

const CODE_REFUSED = [
  'CodeMismatchException',
  'ExpiredCodeException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'AliasExistsException',
  'TooManyFailedAttemptsException',
  'LimitExceededException',
  'InvalidParameterException',
];

/** Waits for a call to Cognito. Returns undefined when it was refused with an error of these names. */
export async function ignoring<Answer>(names: readonly string[], call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNamed(error, names)) return undefined;
    throw error;
  }
}

/** Throws the Problem for a password that the user pool refused, and any other error as it is. */
export function throwPasswordProblem(error: unknown): never {
  if (errorName(error) !== 'InvalidPasswordException') throw error;
  throw new Problem('VALIDATION_FAILED', 'the password does not meet the policy', {
    errors: [{ pointer: '/password', detail: 'does not meet the policy' }],
  });
}

/** Throws the Problem for a code that the user pool refused, and any other error as it is. */
export function throwCodeProblem(error: unknown): never {
  if (!isNamed(error, CODE_REFUSED)) throw error;
  throw new Problem('VALIDATION_FAILED', 'the code is wrong or has expired', {
    errors: [{ pointer: '/code', detail: 'is wrong or has expired' }],
  });
}
