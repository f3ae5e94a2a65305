import { Problem } from '../../functions/shared/api/problem.ts';

/** The Problem that some work is refused with. @throws Error when it is not refused, or with anything else */
export function problemOf(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The pointers of the members that a Problem finds at fault. */
export function pointersOf(problem: Problem): string[] | undefined {
  return problem.errors?.map(({ pointer }) => pointer);
}
