import type { Results } from './scenarios.ts';
export function scalingDocument(_: Results): string {
  return 'x';
}
