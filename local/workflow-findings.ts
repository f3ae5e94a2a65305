import validateAsl from 'asl-validator';
import { LineCounter, parseDocument } from 'yaml';
import { type Finding, inspectWays, type StateMachine } from '../tests/template/asl.ts';

/** What is wrong with a workflow, one line for each finding. `substitutions` are the template's, when they are known. */
export function findingsOf(file: string, text: string, substitutions?: readonly string[]): string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  // Its first error. The others mostly follow from it.
  if (broken) return [`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]}`];
  const machine = document.toJS() as Partial<StateMachine> | null;
  if (typeof machine?.States !== 'object' || machine.States === null) return [`${file}: has no States`];
  // The validator wants every state to be an object.
  const empty = Object.entries(machine.States).find(([, state]) => typeof state !== 'object' || state === null);
  if (empty) return [`${file}: ${empty[0]}: is no state`];

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
