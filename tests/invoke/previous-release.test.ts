import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { deviations, type Expectation, folders, invokeWith, putGiven, removeGiven } from '../support/sample-events.ts';

// While a release is deployed, what the release before wrote goes on: messages in queues, tasks of executions that run
// with the old definition, rows of orders, requests of clients. The release before ended each of these events as its
// expected.json says, with rows of its own form, and this release has to end them the same way.
// `npm run release:keep -- <ref>` renews the fixtures, right after a release.

const { commit, events } = JSON.parse(readFileSync('tests/fixtures/previous-release.json', 'utf8')) as {
  commit: string;
  events: Record<string, string>;
};

/** Events that end in another way on purpose, by `<folder>/<scenario>`, with the reason. */
const CHANGED: Readonly<Record<string, string>> = {};

const scenarios = Object.entries(events)
  .map(([file, event]) => ({ folder: basename(dirname(file)), scenario: basename(file, '.json'), event }))
  .filter(({ scenario }) => scenario !== 'expected');
const expectationOf = (folder: string, scenario: string): Expectation => {
  const expected = JSON.parse(events[`events/${folder}/expected.json`] ?? '{}') as Record<string, Expectation>;
  return expected[scenario] ?? {};
};

test('there is an event of every function that the release before had, and each that changed is one of them', () => {
  expect(scenarios.length).toBeGreaterThan(100);
  expect([...new Set(scenarios.map(({ folder }) => folder))].filter((folder) => !folders.includes(folder))).toEqual([]);
  const names = scenarios.map(({ folder, scenario }) => `${folder}/${scenario}`);
  expect(Object.keys(CHANGED).filter((name) => !names.includes(name))).toEqual([]);
});

test.each(
  scenarios
    .filter(({ folder, scenario }) => CHANGED[`${folder}/${scenario}`] === undefined)
    .map(({ folder, scenario, event }) => [folder, scenario, event] as const),
)(`%s ends %s as it did in ${commit.slice(0, 7)}`, async (folder, scenario, event) => {
  const expectation = expectationOf(folder, scenario);
  await putGiven(expectation.given);
  const end = await invokeWith(folder, Buffer.from(event));
  await removeGiven(expectation.given);
  expect(deviations(end, expectation)).toEqual([]);
});
