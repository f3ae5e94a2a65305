import type { FromSchema } from 'json-schema-to-ts';

const email = {
  type: 'string',
  maxLength: 254,
  pattern: '^[^\\s@\\u0000-\\u001f\\u007f]{1,64}@[A-Za-z0-9.-]{1,180}\\.[A-Za-z]{2,63}$',
} as const;
/** A password at sign-in. No policy applies: Cognito only compares it. */
const password = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]*$' } as const;
/**
 * A new password. The user pool's policy is repeated here. A weak password is then refused before the pool is asked, so
 * that the refusal does not depend on whether the account exists.
 */
const newPassword = {
  type: 'string',
  minLength: 12,
  maxLength: 256,
  pattern: '^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[^\\u0000-\\u001f\\u007f]*$',
} as const;
const code = { type: 'string', pattern: '^[0-9]{6}$' } as const;
const refreshToken = { type: 'string', minLength: 1, maxLength: 8192, pattern: '^[A-Za-z0-9._=+/-]+$' } as const;

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
