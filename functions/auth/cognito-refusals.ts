import { Problem } from '../shared/api/problem.ts';
import { errorName, isNamed } from '../shared/runtime/error-name.ts';

// What Cognito refuses, and what the API answers then. The API never tells whether an account exists. Therefore each
// action has one answer for all the reasons in its list, and the lists hold every reason that depends on the account.

/** A code could not be sent: the pool or the account has a limit, or the mail was not accepted. */
const CODE_NOT_SENT = ['LimitExceededException', 'CodeDeliveryFailureException'];

/** The first two tell that the account exists. SignUp throws them even with PreventUserExistenceErrors. */
export const SIGN_UP_REFUSED = ['UsernameExistsException', 'AliasExistsException', ...CODE_NOT_SENT];

/** An account gets no code: it is unknown, confirmed already, without an address, or has asked too often. */
export const NO_CODE_SENT = [
  'UserNotFoundException',
  'InvalidParameterException',
  'NotAuthorizedException',
  'UserNotConfirmedException',
  ...CODE_NOT_SENT,
];

export const SIGN_IN_REFUSED = [
  'NotAuthorizedException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'PasswordResetRequiredException',
  'InvalidParameterException',
];

/** A challenge was not met, or its session is not one or has expired. */
export const CHALLENGE_REFUSED = [
  ...SIGN_IN_REFUSED,
  'CodeMismatchException',
  'ExpiredCodeException',
  'TooManyFailedAttemptsException',
  'LimitExceededException',
  'MFAMethodNotFoundException',
  'SoftwareTokenMFANotFoundException',
  'AliasExistsException',
];

/** The text is not an access token, or not one any more. */
export const ACCESS_REFUSED = [
  'NotAuthorizedException',
  'ForbiddenException',
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

const TOTP_REFUSED = ['EnableSoftwareTokenMFAException', 'CodeMismatchException', 'SoftwareTokenMFANotFoundException'];

/** Limits that an answer may hide. They are counted, because otherwise nobody would know why no code arrives. */
const LIMITS = [...CODE_NOT_SENT, 'TooManyFailedAttemptsException', 'TooManyRequestsException'];

/** Whether an error of Cognito says that a limit was reached or that a mail could not be sent. */
export function isLimit(error: unknown): boolean {
  return isNamed(error, LIMITS);
}

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
  if (!isNamed(error, ['InvalidPasswordException', 'PasswordHistoryPolicyViolationException']) && !isAbout(error)) {
    throw error;
  }
  throw new Problem('VALIDATION_FAILED', 'the password does not meet the policy', {
    errors: [{ pointer: '/password', detail: 'does not meet the policy' }],
  });
}

/** Cognito names the parameter whose pattern or length it refused: "Value at 'password' failed to satisfy …". */
function isAbout(error: unknown): boolean {
  return errorName(error) === 'InvalidParameterException' && /'(new)?password'/i.test((error as Error).message);
}

/** Throws the Problem for an address or a password that the user pool cannot hold, and any other error as it is. */
export function throwRegistrationProblem(error: unknown): never {
  if (errorName(error) !== 'InvalidParameterException') throw error;
  throw new Problem('VALIDATION_FAILED', 'the e-mail address or the password cannot be used');
}

/** Throws the Problem for a code that the user pool refused, and any other error as it is. */
export function throwCodeProblem(error: unknown): never {
  if (!isNamed(error, CODE_REFUSED)) throw error;
  throw codeProblem();
}

/** Throws the Problem for a code of an authenticator app that was refused, and any other error as it is. */
export function throwTotpProblem(error: unknown): never {
  if (!isNamed(error, TOTP_REFUSED)) throw error;
  throw codeProblem();
}

/** The Problem for a code that is not the right one. */
export function codeProblem(): Problem {
  return new Problem('VALIDATION_FAILED', 'the code is wrong or has expired', {
    errors: [{ pointer: '/code', detail: 'is wrong or has expired' }],
  });
}
