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

const actions = [
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email', 'password'],
    properties: { action: { type: 'string', enum: ['register'] }, email, password: newPassword },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email', 'code'],
    properties: { action: { type: 'string', enum: ['confirm'] }, email, code },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email'],
    properties: { action: { type: 'string', enum: ['resend'] }, email },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email', 'password'],
    properties: { action: { type: 'string', enum: ['login'] }, email, password },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'refreshToken'],
    properties: { action: { type: 'string', enum: ['refresh'] }, refreshToken },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email'],
    properties: { action: { type: 'string', enum: ['forgot'] }, email },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'email', 'code', 'password'],
    properties: { action: { type: 'string', enum: ['reset'] }, email, code, password: newPassword },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['action', 'refreshToken'],
    properties: { action: { type: 'string', enum: ['logout'] }, refreshToken },
  },
] as const;

export const authRequestSchema = {
  type: 'object',
  required: ['action'],
  // Checked in addition to the alternatives, so that an unknown action is reported as one.
  properties: {
    action: {
      type: 'string',
      enum: ['register', 'confirm', 'resend', 'login', 'refresh', 'forgot', 'reset', 'logout'],
    },
  },
  anyOf: actions,
} as const;

export type AuthRequest = FromSchema<{ anyOf: typeof actions }>;
