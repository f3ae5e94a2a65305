/** A segment as functions send it to the daemon of X-Ray, or a part of one. */
interface Segment {
  name: string;
  namespace?: string;
  aws?: { operation?: string };
  subsegments?: Segment[];
}

/**
 * How many calls of AWS services the functions made, by service and operation, the most frequent first.
 *
 * @param datagrams what the daemon got: a header and a segment, a line each
 */
export function callsOf(datagrams: string[]): Record<string, number> {
  const counts = new Map<string, number>();
  const count = ({ name, namespace, aws, subsegments = [] }: Segment) => {
    if (namespace === 'aws') {
      const call = `${name} ${aws?.operation ?? ''}`.trim();
      counts.set(call, (counts.get(call) ?? 0) + 1);
    }
    for (const part of subsegments) count(part);
  };
  for (const datagram of datagrams) count(JSON.parse(datagram.slice(datagram.indexOf('\n') + 1)) as Segment);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
