/** Why an operator does something, for whoever reads the audit later: anything but blanks and control characters. */
export const reasonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 500,
  pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$',
} as const;
