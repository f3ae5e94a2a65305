import { existsSync } from 'node:fs';
import { readStackFile, STACK_FILE } from './stack-file.ts';

export const NOT_RUNNING = 'The local cloud is not running: `npm start -- --detach` starts it.';

/** Whether a local cloud left its addresses here and answers. */
export async function isLocalCloudUp(): Promise<boolean> {
  if (!existsSync(STACK_FILE)) return false;
  try {
    return (await fetch(`${readStackFile().endpoint}/_ministack/health`)).ok;
  } catch {
    return false;
  }
}
