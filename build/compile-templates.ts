/**
 * Compiles every `<thing>.hbs` of functions/ to `<thing>.template.js` beside it, so that neither the templates' compiler
 * nor an evaluation of text is in a bundle, and a mistake in a template fails the build.
 *
 * The templates are strict: a name that the values do not have is an error. In `<thing>.html.hbs` every value is escaped.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Handlebars from 'handlebars';

const root = join(import.meta.dirname, '..');

for (const file of globSync('functions/**/*.hbs', { cwd: root })) {
  const source = readFileSync(join(root, file), 'utf8');
  if (/\{\{\{|\{\{\s*&/.test(source)) throw new Error(`${file} has a value that is not escaped`);
  const compiled = Handlebars.precompile(source, {
    strict: true,
    noEscape: !file.endsWith('.html.hbs'),
    knownHelpers: { each: true },
    knownHelpersOnly: true,
  });
  const target = join(root, file.replace(/\.hbs$/, '.template'));
  writeFileSync(`${target}.js`, `// Generated from ${basename(file)}.\nmodule.exports = ${compiled};\n`);
  writeFileSync(
    `${target}.d.ts`,
    `// Generated from ${basename(file)}.\ndeclare const template: TemplateSpecification;\nexport default template;\n`,
  );
}
