/** What one attempt of a faulted step does in place of, or around, the real step. */
export type Step =
  /** The real step, as if nothing stood in between. */
  | { kind: 'pass' }
  /** A named error, and no effect. */
  | { kind: 'throw'; error: string }
  /** The process ends, and no effect. */
  | { kind: 'exit' }
  /** No answer within the step's timeout, and no effect. */
  | { kind: 'hang' }
  /** The real step takes effect, and then its answer is lost in one of the ways above. */
  | { kind: 'lose'; by: { kind: 'throw'; error: string } | { kind: 'exit' } | { kind: 'hang' } }
  /** No answer within the timeout; the effect lands when the test says so, which is after the execution has ended. */
  | { kind: 'late' }
  /** The real step, with a wait for the test before or after it. */
  | { kind: 'pause'; at: 'before' | 'after' };

/** The attempts of one step for one order, in turn; `rest` is for those after them. */
export interface Plan {
  steps: Step[];
  rest: Step;
}

/** The real step that the fault function performs for the state it stands in for. */
export type RealCall =
  | { kind: 'invoke'; functionName: string; payload: unknown }
  | { kind: 'updateItem'; input: unknown }
  | { kind: 'transactWriteItems'; input: unknown };

export interface FaultEvent {
  state: string;
  orderId: string;
  call: RealCall;
}

/** The row that test and fault function share. */
export interface PlanRow {
  /** `<orderId>#<state>` */
  id: string;
  plan?: Plan;
  /** How often the step was tried. */
  attempts?: number;
  /** How many attempts have waited for the test. */
  waiting?: number;
  /** Set by the test: those that wait may go on. */
  released?: boolean;
  /** How many late attempts have run the real step, whatever came of it. */
  landed?: number;
}

export function planId(orderId: string, state: string): string {
  return `${orderId}#${state}`;
}

/** How long a step that hangs does not answer: longer than any shortened timeout. */
export const HANG_MS = 10_000;
