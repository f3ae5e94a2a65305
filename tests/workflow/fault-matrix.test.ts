import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import { type Definition, taskStates } from './faults/machine-copy.ts';
import { runScenario } from './faults/run-scenario.ts';
import { MATRIX, type Scenario, scenarios } from './faults/scenarios.ts';
import { sharedWorld } from './faults/shared-world.ts';

const source = readDefinition<Definition>(PROCESS_ORDER);

const theWorld = sharedWorld();

test('every Task of the state machine has a row in the matrix, and every row its Task', () => {
  expect(Object.keys(MATRIX).toSorted()).toEqual(taskStates(source).toSorted());
});

test('the deployed state machine has the Tasks of the file', async () => {
  expect(taskStates((await theWorld()).bench.definition)).toEqual(taskStates(source));
}, 120_000);

const named = scenarios(source).map((scenario): [string, Scenario] => [
  `${scenario.state}: ${scenario.fault}`,
  scenario,
]);

describe('money, stock, status, history and notifications are right when it meets', () => {
  test.concurrent.each(named)(
    '%s',
    async (_, scenario) => {
      const observed = await runScenario(await theWorld(), scenario);
      expect(observed).toEqual({
        ends: scenario.ends,
        attempts: scenario.attempts ?? expect.any(Number),
        violations: [],
      });
    },
    240_000,
  );
});
