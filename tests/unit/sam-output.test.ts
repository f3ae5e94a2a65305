import { causeInOutput } from '../../local/sam-output.ts';

test("SAM's error is shown without its traceback", () => {
  const output = `Building\nError: [InvalidResourceException('AuthFunction', 'property Descripton not defined')]
Traceback (most recent call last):
  File "x.py", line 1
An unexpected error was encountered while executing "sam build".
Or create a bug report:`;
  expect(causeInOutput(output)).toBe(
    "Error: [InvalidResourceException('AuthFunction', 'property Descripton not defined')]",
  );
});

test('an error of several lines is shown whole', () => {
  const output = 'x\nError: Failed to parse template: while parsing\n  in "t", line 145\nexpected a bracket\n';
  expect(causeInOutput(output)).toBe(
    'Error: Failed to parse template: while parsing\n  in "t", line 145\nexpected a bracket',
  );
});

test('output without an error has no cause', () => {
  expect(causeInOutput('all is well\n')).toBeUndefined();
});
