import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import processes from './processes.cjs';
import { main } from './progress.mjs';

// npm stop: ends the local cloud of this folder, and `npm start` when that still runs in another terminal. Plain
// JavaScript, because a cloud can run whose packages have been deleted.

main(async () => {
  process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
  const start = await processes.stopStart();
  const cloud = await processes.endLocalCloud();
  console.log(start || cloud ? 'The local cloud has stopped.' : 'The local cloud was not running.');
});
