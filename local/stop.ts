import { stopLocalCloud } from './local-cloud.ts';
import { main } from './progress.mjs';

main(async () => {
  console.log((await stopLocalCloud()) ? 'The local cloud has stopped.' : 'The local cloud was not running.');
});
