import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsOf } from '../../local/workflow-findings.ts';

const workflow = readFileSync(join(__dirname, '../../statemachine/process-order.asl.yaml'), 'utf8');

const broken = (text: string, replacement: string) => {
  expect(workflow).toContain(text);
  return findingsOf(
    'w.yaml',
    workflow.replace(text, () => replacement),
  );
};

test('the workflow as it is has nothing to refuse', () => {
  expect(findingsOf('w.yaml', workflow)).toEqual([]);
});

test.each([
  [
    'a way to a state that does not exist',
    'Next: AuthorizePayment',
    'Next: Nowhere',
    'ValidateOrder: Nowhere does not exist',
  ],
  [
    'an expression that does not parse',
    '$states.result.Payload %}',
    '$states.result.Payload( %}',
    'ValidateOrder: Assign.order',
  ],
  [
    'a variable that nobody assigned',
    '$states.result.Payload %}',
    '$nobody %}',
    'ValidateOrder: Assign.order: $nobody',
  ],
])('%s is found with its line and state', (_what, text, replacement, expected) => {
  const [first] = broken(text, replacement);
  expect(first).toMatch(/^w\.yaml:\d+: /);
  expect(first).toContain(expected);
});

test('text that is no YAML is found with its line, and a document of another form is no crash', () => {
  expect(broken('    Type: Task\n', '   Type: Task\n')).toEqual([expect.stringMatching(/^w\.yaml:\d+: /)]);
  expect(findingsOf('w.yaml', 'States:\n  One:\n')).toEqual(['w.yaml: One: is no state']);
  expect(findingsOf('w.yaml', 'hello')).toEqual(['w.yaml: has no States']);
});

test('a substitution that the template does not make is found', () => {
  expect(findingsOf('w.yaml', workflow, ['ValidateFunctionArn'])).toContainEqual(
    expect.stringContaining('{PaymentFunctionArn} is not in DefinitionSubstitutions'),
  );
});
