/**
 * The schema of text that a person typed: not blank, and without control characters, which have no business in a
 * name, an address or a reason. The blanks are looked at ahead, because a pattern that asks for something between
 * two runs of the same characters takes a time that grows with the square of a hostile text.
 */
export const text = <const MaxLength extends number>(maxLength: MaxLength) =>
  ({ type: 'string', minLength: 1, maxLength, pattern: '^(?! +$)[^\\u0000-\\u001f\\u007f]*$' }) as const;
