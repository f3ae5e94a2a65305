/** The browser of the tests: a Chromium that the machine has. Nothing is downloaded. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ELSEWHERE = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** How to get a browser, for a message. */
export const HOW_TO_GET_CHROMIUM = 'there is no Chromium (Debian: chromium; or set CHROMIUM_PATH)';

/** The program of a Chromium: the one that CHROMIUM_PATH names, or the first on the machine. Undefined when there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...ELSEWHERE].find(isProgram);
}

/**
 * Starts the browser, without a window. The caller closes it.
 *
 * @throws Error that says how to get a browser when there is none
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  // Chromium's own sandbox does not start as root, nor in many containers. The pages are our own.
  return chromium.launch({ executablePath, chromiumSandbox: false });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
