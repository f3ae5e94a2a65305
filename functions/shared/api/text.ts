/**
 * The schema of text that a person typed: not blank, and without control characters, which no name, address or reason
 * needs. Half of a surrogate pair is no character, and no table keeps it; a whole pair is one, and is allowed.
 *
 * A lookahead excludes blank text. A pattern for "spaces, a character, spaces" would need quadratic time on a hostile
 * text.
 */
export const text = <const MaxLength extends number>(maxLength: MaxLength) =>
  ({ type: 'string', minLength: 1, maxLength, pattern: '^(?! +$)[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$' }) as const;
