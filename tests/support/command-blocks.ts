import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The documents whose every block of commands is run by a test. */
export const DOCUMENTS = ['README.md', 'docs/deploy.md'] as const;
export type CommandDocument = (typeof DOCUMENTS)[number];

/** A fenced block of commands, as a reader would paste it. */
export interface CommandBlock {
  /**
   * What a test calls it by: the bold words that begin the paragraph before it. Without those, the heading, when its
   * section has no other block, or else the last sentence before the block.
   */
  name: string;
  code: string;
}

/** Fences of these kinds hold no commands. Every other one does, also one that does not say its kind. */
const NO_COMMANDS = ['mermaid', 'json', 'yaml', 'ts', 'text'];

/** All blocks of commands of a Markdown text, in its order. */
export function commandBlocks(markdown: string): CommandBlock[] {
  // The fences are taken out first: a comment of a shell begins like a heading.
  const fences: { kind: string; code: string }[] = [];
  const prose = markdown.replaceAll(/^ *(`{3,}|~{3,}) *(\w*)[^\n]*\n(.*?)^ *\1$/gms, (_, _fence, kind, code) => {
    fences.push({ kind, code });
    return `<fence ${fences.length - 1}>`;
  });
  return prose.split(/^#+ /m).flatMap((section) => {
    const [heading = ''] = section.split('\n');
    const blocks = [...section.matchAll(/(.*?)<fence (\d+)>/gs)].flatMap(([, before = '', index]) => {
      const { kind = '', code = '' } = fences[Number(index)] ?? {};
      const paragraph =
        before
          .trim()
          .split(/\n{2,}/)
          .at(-1) ?? '';
      return NO_COMMANDS.includes(kind) ? [] : [{ before: paragraph.replaceAll('\n', ' '), code }];
    });
    return blocks.map(({ before, code }) => {
      const [, bold] = /^\*\*(.+?)\.?\*\*/.exec(before) ?? [];
      const sentence = before.replace(/[.:]$/, '').split(/[.:] /).at(-1) ?? '';
      return { name: bold ?? (blocks.length === 1 ? heading : sentence), code };
    });
  });
}

/**
 * The code of a block. The search for blocks that no test runs looks for calls of this, so that both arguments must be
 * literals.
 *
 * @throws Error when not one block has this name
 */
export function commandBlock(document: CommandDocument, name: string): string {
  const found = commandBlocks(readDocument(document)).filter((block) => block.name === name);
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks called "${name}"`);
  return found[0]?.code ?? '';
}

/** The text of a document of this project. */
export const readDocument = (document: string) => readFileSync(join(__dirname, '../..', document), 'utf8');

/** The blocks that a program text takes with commandBlock, as document and name. */
export function blocksTakenBy(source: string): [document: string, name: string][] {
  const call = /\bcommandBlock\(\s*'([^']+)',\s*(?:'((?:\\.|[^'\\])+)'|"((?:\\.|[^"\\])+)")/g;
  return [...source.matchAll(call)].map(([, document = '', single, double]) => [
    document,
    (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'),
  ]);
}
