/** The code blocks of a Markdown section, as a reader would paste them. @param heading the section's whole line */
export function fenced(markdown: string, heading: string): string[] {
  const lines = markdown.split('\n');
  const begin = lines.indexOf(heading);
  if (begin < 0) throw new Error(`there is no section ${heading}`);
  const level = heading.split(' ')[0] ?? '';
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith(`${level} `));
  const section = lines.slice(begin, length < 0 ? undefined : begin + 1 + length).join('\n');
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
}
