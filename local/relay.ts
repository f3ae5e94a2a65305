import { killRelay, startRelay, stopRelay } from './local-cloud.ts';
import { Failure, main } from './progress.mjs';
import { isLocalCloudUp, NOT_RUNNING } from './running-cloud.ts';

// node local/relay.ts start | stop | kill: starts or ends the relay of the pipe alone, to see what happens without it.

main(async () => {
  const action = process.argv[2];
  if (action === 'stop') await stopRelay();
  else if (action === 'kill') killRelay();
  else if (action === 'start') {
    if (!(await isLocalCloudUp())) throw new Failure(NOT_RUNNING);
    await startRelay();
  } else throw new Failure('Usage: node local/relay.ts start | stop | kill');
});
