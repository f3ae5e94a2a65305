import type { FromSchema } from 'json-schema-to-ts';

/** Cognito takes user names of at most 128 characters. */
const email = {
  type: 'string',
  maxLength: 128,
  pattern: '^[^\\s@\\u0000-\\u001f\\u007f]{1,64}@[A-Za-z0-9.-]{1,180}\\.[A-Za-z]{2,63}$',
} as const;
/**
 * A password at sign-in. No policy applies: Cognito only compares it. It has no white space at either end and no line
 * separator, because Cognito refuses such a text in every request: its pattern is `^[\S]+.*[\S]+$`.
 */
const password = {
  type: 'string',
  minLength: 2,
  maxLength: 256,
  pattern:
    '^[^\\s\\u0000-\\u001f\\u007f\\u0085]([^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]*[^\\s\\u0000-\\u001f\\u007f\\u0085])?$',
} as const;
/**
 * A new password. The user pool's policy is repeated here. A weak password is then refused before the pool is asked, so
 * that the refusal does not depend on whether the account exists.
 */
const newPassword = {
  type: 'string',
  minLength: 12,
  maxLength: 256,
  pattern: `^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])${password.pattern.slice(1)}`,
} as const;
const code = { type: 'string', pattern: '^[0-9]{6}$' } as const;
const refreshToken = { type: 'string', minLength: 1, maxLength: 8192, pattern: '^[A-Za-z0-9._=+/-]+$' } as const;
const accessToken = refreshToken;
/** What Cognito gave with a challenge. It stands for the password that was right. */
const session = { type: 'string', minLength: 20, maxLength: 2048, pattern: '^[A-Za-z0-9._=+/-]+$' } as const;

/** The schema of one action. All its properties are required. */
const action = <const Name extends string, const Properties extends Record<string, object>>(
  name: Name,
  properties: Properties,
) =>
  ({
    type: 'object',
    additionalProperties: false,
    required: ['action', ...(Object.keys(properties) as (keyof Properties & string)[])],
    properties: { action: { type: 'string', enum: [name] }, ...properties },
  }) as const;

const actions = [
  action('register', { email, password: newPassword }),
  action('confirm', { email, code }),
  action('resend', { email }),
  action('login', { email, password }),
  action('newPassword', { session, email, password: newPassword }),
  action('mfa', { session, email, code }),
  action('enrolMfa', { accessToken }),
  action('confirmMfa', { accessToken, code }),
  action('refresh', { refreshToken }),
  action('forgot', { email }),
  action('reset', { email, code, password: newPassword }),
  action('logout', { refreshToken }),
] as const;

export const authRequestSchema = {
  type: 'object',
  required: ['action'],
  // Checked in addition to the alternatives, so that an unknown action is reported as one.
  properties: {
    action: { type: 'string', enum: actions.map(({ properties }) => properties.action.enum[0]) },
  },
  anyOf: actions,
} as const;

export type AuthRequest = FromSchema<{ anyOf: typeof actions }>;
