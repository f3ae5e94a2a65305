import { killRelay, startRelay, stopRelay } from './local-cloud.ts';
import { Failure, main } from './progress.mjs';

// node local/relay.ts start | stop | kill: starts or ends the relay of the pipe alone, to see what happens without it.

main(async () => {
  const action = process.argv[2];
  if (action === 'stop') await stopRelay();
  else if (action === 'kill') killRelay();
  else if (action === 'start') startRelay();
  else throw new Failure('Usage: node local/relay.ts start | stop | kill');
});
