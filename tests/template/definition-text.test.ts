import { globSync } from 'node:fs';
import { isAlias, isNode, parse, parseDocument, visit } from 'yaml';
import { definitionText, parseDefinition } from '../support/workflow-definition.ts';
import { resourcesOf, root } from './template.ts';

/**
 * What CloudFormation would read otherwise than we do. It substitutes in the text, then reads it as YAML 1.1 with
 * Jackson, to which an anchor is nothing and an alias is the text of its name.
 */
function misread(text: string): string[] {
  const found: string[] = [];
  visit(parseDocument(text), (_key, node) => {
    if (isAlias(node)) found.push(`alias *${node.source}`);
    else if (isNode(node) && 'anchor' in node && node.anchor) found.push(`anchor &${node.anchor}`);
    if (isNode(node) && node.tag) found.push(`tag ${node.tag}`);
  });
  if (JSON.stringify(parse(text, { version: '1.1' })) !== JSON.stringify(parseDefinition(text))) found.push('YAML 1.1');
  return found;
}

const files = globSync('statemachine/*', { cwd: root });

test('every file of statemachine/ is the definition of a workflow', () => {
  const named = resourcesOf('AWS::Serverless::StateMachine').map(([, { Properties }]) => Properties.DefinitionUri);
  expect(files.sort()).toEqual(named.sort());
});

test.each(files)('%s is read by CloudFormation as it is read here', (file) => {
  expect(misread(definitionText(file))).toEqual([]);
});

test.each([
  ['an anchor and its alias', 'One: &retry { MaxAttempts: 0 }\nTwo: *retry', ['anchor &retry', 'alias *retry']],
  ['a tag', 'One: !!str 1', ['tag tag:yaml.org,2002:str']],
  ['a word that is true to YAML 1.1', 'One: yes', ['YAML 1.1']],
])('%s would be found', (_name, text, findings) => {
  expect(misread(text)).toEqual(findings);
});
