/** The field of a form that a pointer is about: the last name in it. `/shippingAddress/zipCode` is about `zipCode`. */
export function fieldOf(pointer: string): string {
  const last = pointer.split('/').at(-1) ?? '';
  // JSON Pointer (RFC 6901) writes a slash as ~1 and a tilde as ~0.
  return last.replaceAll('~1', '/').replaceAll('~0', '~');
}

/**
 * Sorts the errors of a problem document by the fields of a form.
 *
 * @param words what to say about each field of the form.
 * @returns the words for the fields at fault, and whether every error belongs to a field.
 */
export function errorsByField(
  errors: readonly { pointer: string }[],
  words: Readonly<Record<string, string>>,
): { fields: Record<string, string>; isAll: boolean } {
  const fields: Record<string, string> = {};
  let isAll = errors.length > 0;
  for (const { pointer } of errors) {
    const field = fieldOf(pointer);
    const text = Object.hasOwn(words, field) ? words[field] : undefined;
    if (text === undefined) isAll = false;
    else fields[field] = text;
  }
  return { fields, isAll };
}
