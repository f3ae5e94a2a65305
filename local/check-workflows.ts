import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Failure } from './progress.mjs';
import { findingsOf } from './workflow-findings.ts';

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
