import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import { type Definition, edges } from '../workflow/faults/machine-copy.ts';
import { scenarioTable } from '../workflow/faults/scenario-table.ts';

const root = join(__dirname, '../..');
const path = join(root, 'docs/workflow.md');
const definition = readDefinition<Definition>(PROCESS_ORDER);

const BEGIN = /(?<=<!-- generated:.*-->\n)/;
const END = '<!-- end -->';

test("the graph in docs/workflow.md has the state machine's edges and no other", () => {
  const drawn = [...readFileSync(path, 'utf8').matchAll(EDGE)].map(([, from, to]) => `${from} -> ${to}`);
  const inFile = [
    `start -> ${definition.StartAt}`,
    ...edges(definition),
    ...Object.entries(definition.States).flatMap(([name, { End }]) => (End ? [`${name} -> done`] : [])),
  ];
  expect(drawn.toSorted()).toEqual(inFile.toSorted());
});

test('the scenarios in docs/workflow.md are those of the fault matrix', () => {
  const document = readFileSync(path, 'utf8');
  const [before = '', rest = ''] = document.split(BEGIN);
  const written = rest.slice(0, rest.indexOf(END));
  const wanted = `\n${scenarioTable(definition)}\n\n`;
  if (process.env.UPDATE_DOCS) writeFileSync(path, before + wanted + rest.slice(rest.indexOf(END)));
  else expect(written).toBe(wanted);
});

test('every event that docs/workflow.md names exists', () => {
  const named = [...readFileSync(path, 'utf8').matchAll(/\]\(\.\.\/(events\/[^)]+)\)/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

/** `A --> B`, `A -- label --> B`, `A -. label .-> B`; a node may be followed by its shape. */
const EDGE = /^ {2}(\w+)(?:\(\[\w+\]\)|\{\w+\})? (?:-->|-- .+ -->|-\. .+ \.->) (\w+)/gm;
