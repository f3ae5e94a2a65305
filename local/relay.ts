import { killRelay, startRelay, stopRelay } from './local-cloud.ts';
import { Failure, main } from './progress.mjs';

// npm run relay -- start | stop | kill: the relay of the pipe by itself, to see what its absence or sudden end does.

main(async () => {
  const action = process.argv[2];
  if (action === 'stop') await stopRelay();
  else if (action === 'kill') killRelay();
  else if (action === 'start') startRelay();
  else throw new Failure('Usage: npm run relay -- start | stop | kill');
});
