import { useOnlyLocalAws } from './aws-environment.ts';
import { startRelay, stopRelay, updateLocalCloud } from './local-cloud.ts';
import { main, step } from './progress.mjs';
import { readStackFile } from './stack-file.ts';

// node local/update.ts: updates the running local cloud of this folder to the template that was built last.

main(async () => {
  const stack = readStackFile();
  useOnlyLocalAws(stack.endpoint ?? '');
  await step('updating the stack (sam deploy)', () => updateLocalCloud(stack));
  // The relay reads the pipe when it starts. On AWS a pipe that is updated goes on by itself.
  await stopRelay();
  await startRelay();
});
