import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { parse } from 'yaml';
import { layOut } from './src/desk/graph/drawing.ts';
import { type Definition, graphOf } from './src/desk/graph/workflow-graph.ts';

const MODULE = 'virtual:order-workflow';
/** Rollup's convention: no other plugin takes an id that begins with a zero byte for a file. */
const RESOLVED = `\0${MODULE}`;

/**
 * Gives the page the drawing of the order workflow as the module `virtual:order-workflow`. The definition is read and
 * laid out when the page is built, so that no browser loads a YAML parser or a layout library.
 */
export function workflowDrawing(): Plugin {
  const file = join(import.meta.dirname, '../statemachine/process-order.asl.yaml');
  return {
    name: 'workflow-drawing',
    resolveId: (id) => (id === MODULE ? RESOLVED : undefined),
    load(id) {
      if (id !== RESOLVED) return undefined;
      this.addWatchFile(file);
      const definition = parse(readFileSync(file, 'utf8')) as Definition;
      return `export const orderWorkflow = ${JSON.stringify(layOut(graphOf(definition)))};`;
    },
  };
}
