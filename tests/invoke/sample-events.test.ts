import {
  deviations,
  expectationsOf,
  folderOf,
  folders,
  invokeDeployed,
  isFailure,
  putGiven,
  removeGiven,
  scenariosOf,
} from '../support/sample-events.ts';
import { stack } from '../support/stack.ts';

test('every deployed function has sample events, a success and a failure at least', () => {
  const functions = Object.keys(stack.functions).map(folderOf);
  expect(functions.length).toBeGreaterThan(0);
  expect(functions.filter((name) => !folders.includes(name))).toEqual([]);
  for (const folder of folders) {
    const ends = Object.values(expectationsOf(folder)).map(isFailure);
    expect([folder, ends.includes(true), ends.includes(false)]).toEqual([folder, true, true]);
  }
});

describe.each(folders)('%s', (folder) => {
  const expectations = expectationsOf(folder);

  test('expected.json says how each event ends', () => {
    expect(Object.keys(expectations).sort()).toEqual(scenariosOf(folder));
  });

  test.each(scenariosOf(folder))('%s ends as expected', async (scenario) => {
    const expectation = expectations[scenario] ?? {};
    await putGiven(expectation.given);
    const end = await invokeDeployed(folder, scenario);
    await removeGiven(expectation.given);
    expect(deviations(end, expectation)).toEqual([]);
  });
});
