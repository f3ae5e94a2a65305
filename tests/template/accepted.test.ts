import { type Accepted, faultsOf, notAccepted } from './accepted.ts';

const FOUND = { rule: 'AwsSolutions-S1', resource: 'ImagesBucket', message: 'has no access log' };
const GOOD: Accepted = {
  rule: 'AwsSolutions-S1',
  resource: /^ImagesBucket$/,
  reason: 'the images are public, and uploads are audited',
};

describe('a list of what is accepted', () => {
  test('takes out what it names, and nothing else', () => {
    const other = { ...FOUND, resource: 'SiteBucket' };
    expect(notAccepted([FOUND, other], [GOOD])).toEqual(['AwsSolutions-S1 SiteBucket: has no access log']);
    expect(faultsOf([GOOD], [FOUND])).toEqual([]);
  });

  test.each(['', '   ', 'not needed'])('is wrong when an entry has "%s" in the place of a reason', (reason) => {
    expect(faultsOf([{ ...GOOD, reason }], [FOUND])).toEqual(['AwsSolutions-S1 ^ImagesBucket$ has no reason']);
  });

  test('is wrong when an entry accepts nothing', () => {
    expect(faultsOf([GOOD], [])).toEqual(['AwsSolutions-S1 ^ImagesBucket$ accepts nothing']);
    expect(faultsOf([GOOD], [{ ...FOUND, rule: 'AwsSolutions-S10' }])).toHaveLength(1);
  });
});
