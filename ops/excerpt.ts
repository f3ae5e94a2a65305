/** The beginning of a text on one line. A dead letter may be anything, also what would move the cursor. */
export function excerpt(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
