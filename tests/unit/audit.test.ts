import { readAudit } from '../../local/audit.ts';

test('an audit names the packages with high and critical vulnerabilities', () => {
  const vulnerabilities = { a: { severity: 'high' }, b: { severity: 'moderate' }, c: { severity: 'critical' } };
  expect(readAudit(JSON.stringify({ vulnerabilities }))).toEqual({
    answered: true,
    vulnerable: ['a (high)', 'c (critical)'],
  });
  expect(readAudit(JSON.stringify({ vulnerabilities: {} }))).toEqual({ answered: true, vulnerable: [] });
});

test.each([
  ['', 'npm audit gave no report'],
  ['{"message":"request failed: 405"}', 'request failed: 405'],
  ['{"error":{"summary":"no network"}}', 'no network'],
])('an audit without an answer says so and finds nothing: %s', (output, reason) => {
  expect(readAudit(output)).toEqual({ answered: false, reason });
});
