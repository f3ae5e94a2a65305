/** How much of the busy time something took. */
export interface Share {
  of: string;
  /** Per cent. */
  share: number;
}

/** What is used of a profile of V8. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples?: number[];
}

const MOST_SHARES = 10;

/**
 * Where a Python program was, by the file of it that was innermost.
 *
 * @param stacks lines of `frame;frame;frame count`, outermost first, a frame being `function (file:line)`
 */
export function sharesOfStacks(stacks: string): Share[] {
  const counts = new Map<string, number>();
  for (const line of stacks.split('\n')) {
    const found = /^(.*) (\d+)$/.exec(line);
    if (!found?.[1]) continue;
    const files = found[1].split(';').map((frame) => /\(([^()]*?)(:\d+)?\)$/.exec(frame)?.[1] ?? frame);
    // A library works for whoever called it.
    const own = files.findLast((file) => file.includes('ministack')) ?? 'Python and its libraries';
    const name = own.replace(/^.*site-packages\//, '').replace(/^.*\/(?=local\/)/, '');
    counts.set(name, (counts.get(name) ?? 0) + Number(found[2]));
  }
  return largest(counts);
}

/** What a worker of a function was doing when it was not idle. Its bundle is one file. */
export function sharesOfProfile({ nodes, samples = [] }: CpuProfile): Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const { functionName = '', url = '' } = byId.get(id)?.callFrame ?? {};
    if (functionName === '(idle)') continue;
    const name = url.startsWith('node:')
      ? 'Node.js'
      : url === ''
        ? functionName || 'unknown'
        : /handler\.js$/.test(url)
          ? "the function's bundle"
          : "the emulator's worker";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return largest(counts);
}

function largest(counts: Map<string, number>): Share[] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_SHARES)
    .map(([of, count]) => ({ of, share: Math.round((count * 1000) / total) / 10 }));
}
