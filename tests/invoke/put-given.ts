import '../support/only-with-cloud.ts';
import { existsSync } from 'node:fs';
import { eventFile, expectationsOf, functionOf, putGiven, scenariosOf } from '../support/sample-events.ts';

// npm run events:given -- <function>/<scenario>
//
// Puts the rows that a sample event needs into the running stack, for an invocation by hand.

const [name = ''] = process.argv.slice(2);
const [folder = '', scenario = ''] = name
  .replace(/^events\//, '')
  .replace(/\.json$/, '')
  .split('/');

if (scenario === 'expected' || !existsSync(eventFile(folder, scenario))) {
  console.error(`Usage: npm run events:given -- <function>/<scenario>`);
  if (folder && existsSync(`events/${folder}`)) console.error(`${folder} has ${scenariosOf(folder).join(', ')}`);
  process.exitCode = 1;
} else {
  const { given } = expectationsOf(folder)[scenario] ?? {};
  await putGiven(given);
  const counts = Object.entries(given ?? {}).map(([table, rows]) => `${rows.length} ${table}`);
  console.log(`${name} is given ${counts.join(', ') || 'nothing'}. Now:`);
  console.log(
    `sam local invoke ${functionOf(folder).logicalId} --event ${eventFile(folder, scenario)} --env-vars .local/env.json`,
  );
}
