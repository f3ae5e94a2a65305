/**
 * Prints the commands of the operators' command line as the table of docs/ops.md, from the command line's own help.
 * `npm run test:unit -- ops-commands` compares the two, and with UPDATE_DOCS=1 writes the table.
 */
import type { Command } from 'commander';
import { program } from '../ops/program.ts';

/** The commands that do something: those without commands below them. */
function verbsOf(command: Command): Command[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return below.length === 0 ? [command] : below.flatMap(verbsOf);
}

function nameOf(command: Command): string {
  const above = command.parent;
  return above === null || above.parent === null ? command.name() : `${nameOf(above)} ${command.name()}`;
}

const placesOf = (command: Command) =>
  command.registeredArguments.map((place) => {
    const name = `${place.name()}${place.variadic ? '…' : ''}`;
    return place.required ? `<${name}>` : `[${name}]`;
  });

const optionsOf = (command: Command) => command.options.map(({ flags }) => `\`${flags}\``).join(', ');

const rows = verbsOf(program({ isJson: false })).map(
  (command) =>
    `| \`${[nameOf(command), ...placesOf(command)].join(' ')}\` | ${optionsOf(command)} | ${command.description()} |`,
);
console.log(['| command | options | what |', '|---|---|---|', ...rows].join('\n'));
