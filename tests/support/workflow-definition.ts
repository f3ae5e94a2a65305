/** Reads the definitions of statemachine/, which are Amazon States Language written as YAML. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const PROCESS_ORDER = 'statemachine/process-order.asl.yaml';

/** The text of a definition, as it is deployed. The path is from the root of the project. */
export function definitionText(path: string): string {
  return readFileSync(join(__dirname, '../..', path), 'utf8');
}

/** A definition's text, in YAML or in JSON, as data. Who reads it says what it needs to know of a definition. */
export function parseDefinition<Definition>(text: string): Definition {
  return parse(text) as Definition;
}

/** A definition as data. The path is from the root of the project. */
export function readDefinition<Definition>(path: string): Definition {
  return parseDefinition(definitionText(path));
}
