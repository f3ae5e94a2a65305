import { globSync, readFileSync } from 'node:fs';
import validateAsl from 'asl-validator';
import { LineCounter, parse, parseDocument } from 'yaml';
import { type Finding, inspectWays, type StateMachine } from '../tests/template/asl.ts';
import { Failure } from './progress.mjs';

/**
 * Refuses a workflow of `statemachine/` that could only fail once it runs: text that is no YAML, a document that is no
 * Amazon States Language, a way to a state that does not exist, an expression that cannot be evaluated, a variable or
 * a substitution that is not there. The emulator accepts all of these.
 *
 * @throws Failure with file, line and state of everything that was found
 */
export function checkWorkflows(): void {
  const substitutions = readSubstitutions();
  const found = globSync('statemachine/*.asl.yaml').flatMap((file) =>
    findingsOf(file, readFileSync(file, 'utf8'), substitutions.get(file)),
  );
  if (found.length > 0) throw new Failure(['A workflow is broken, so nothing was deployed:', ...found].join('\n  '));
}

/** What is wrong with a workflow, one line for each finding. `substitutions` are the template's, when they are known. */
export function findingsOf(file: string, text: string, substitutions?: readonly string[]): string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  // Its first error. The others mostly follow from it.
  if (broken) return [`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`];
  const machine = document.toJS() as Partial<StateMachine> | null;
  if (typeof machine?.States !== 'object' || machine.States === null) return [`${file}: has no States`];

  const { isValid, errors } = validateAsl(machine);
  const meant = waysOf(text, substitutions, isValid).map(({ state, message }) => {
    const line = text.split('\n').findIndex((candidate) => candidate.trim() === `${state}:`) + 1;
    return `${file}${line > 0 ? `:${line}` : ''}: ${state}: ${message}`;
  });
  const notLanguage = errors.map((error) => `${file}: ${error['Error code']}: ${error.Message}`);
  return [...meant, ...new Set(isValid ? [] : notLanguage)];
}

function waysOf(text: string, substitutions: readonly string[] | undefined, isValid: boolean): Finding[] {
  try {
    const findings = inspectWays(text, substitutions);
    const lost = findings.filter(({ rule }) => rule === 'unknown-next');
    // What comes after a way that leads nowhere is not reached, and that would hide the cause.
    return lost.length > 0 ? lost : findings;
  } catch (error) {
    // A document that is no Amazon States Language may have any form. The validator says what is wrong with it.
    if (isValid) throw error;
    return [];
  }
}

/** The names of DefinitionSubstitutions by workflow file. Nothing of a template that is no YAML: SAM says that better. */
function readSubstitutions(): Map<string, readonly string[]> {
  try {
    // Tags such as !Ref are not known here, and of a substitution only its name matters.
    const { Resources } = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' }) as {
      Resources: Record<string, { Properties?: { DefinitionUri?: string; DefinitionSubstitutions?: object } }>;
    };
    return new Map(
      Object.values(Resources).flatMap(({ Properties: { DefinitionUri, DefinitionSubstitutions } = {} }) =>
        DefinitionUri === undefined ? [] : [[DefinitionUri, Object.keys(DefinitionSubstitutions ?? {})] as const],
      ),
    );
  } catch {
    return new Map();
  }
}
