import { text } from '../api/text.ts';

/** The reason that an operator gives. It is kept in the audit. */
export const reasonSchema = text(500);
