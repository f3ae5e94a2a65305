import { parseArgs } from 'node:util';
import { Failure } from './progress.mjs';

// Plain JavaScript, because bootstrap.mjs checks the port before anything is installed. port.d.mts has the types.

const DEFAULT_PORT = 4566;

/** The port that the arguments of `npm start`, or the environment, name. Throws Failure when it is none. */
export function portFrom(args) {
  const { port } = parseArgs({ args, options: { port: { type: 'string' } }, strict: false }).values;
  const named = port ?? process.env.LOCAL_PORT ?? DEFAULT_PORT;
  const number = Number(named);
  if (!Number.isInteger(number) || number < 1 || number > 65535) {
    throw new Failure(`${named} is not a port.\nUsage: npm start [-- [--detach] [--port <number>]]`);
  }
  return number;
}
