import { existsSync } from 'node:fs';
import { isLocalCloudUp, NOT_RUNNING } from '../../local/running-cloud.ts';

/** Ends Jest with one line when there is no stack to test. */
export default async function needsCloud(): Promise<void> {
  const { STACK_FILE } = process.env;
  if (STACK_FILE === undefined ? await isLocalCloudUp() : existsSync(STACK_FILE)) return;
  console.error(STACK_FILE === undefined ? NOT_RUNNING : `There is no file ${STACK_FILE}.`);
  process.exit(1);
}
