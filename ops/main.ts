import { CommanderError } from 'commander';
import { EXIT, failureOf, WrongUsage } from './exit.ts';
import { program } from './program.ts';

// Whoever reads it, such as head, may have had enough.
process.stdout.on('error', () => process.exit(0));

const isJson = process.argv.includes('--json');

try {
  await program({ isJson }).parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  else {
    const isUsage = error instanceof CommanderError || error instanceof WrongUsage;
    process.exitCode = isUsage ? EXIT.wrongUsage : EXIT.refused;
    const failure = failureOf(error);
    if (isJson) console.log(JSON.stringify({ error: failure }, undefined, 2));
    // Commander has told its own already.
    else if (!(error instanceof CommanderError)) {
      console.error(isUsage ? failure.message : `${failure.code}: ${failure.message}`);
      for (const { pointer, detail } of failure.errors ?? []) console.error(`  ${pointer}: ${detail}`);
    }
  }
}
