import { text } from '../api/text.ts';

/** Why an operator does something, for whoever reads the audit later. */
export const reasonSchema = text(500);
