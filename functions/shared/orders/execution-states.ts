import type { HistoryEvent } from '@aws-sdk/client-sfn';

/**
 * - RUNNING: the execution is in this state. It may be waiting for a retry, or in a Wait state.
 * - SUCCEEDED: it was left as planned.
 * - CAUGHT: its last attempt failed, and a Catch led on.
 * - FAILED: it ended the execution.
 * - ABORTED: the execution was stopped, or timed out, in this state.
 */
export type StateStatus = 'RUNNING' | 'SUCCEEDED' | 'CAUGHT' | 'FAILED' | 'ABORTED';

/** One try of a state's work. All times are ISO 8601, UTC. */
export interface Attempt {
  startedAt: string;
  /** Absent while it runs, and when the execution ended first. */
  endedAt?: string;
  /** The name of its error. Absent when it did not fail. */
  error?: string;
  /** How long the workflow waited before the next attempt. */
  retriedAfterSeconds?: number;
}

/** One stay of an execution in a state. A state that is entered twice has two. */
export interface StateVisit {
  name: string;
  status: StateStatus;
  enteredAt: string;
  exitedAt?: string;
  attempts: Attempt[];
  /** The name of the error that was caught, or that ended the execution. */
  error?: string;
  /** The state that was entered next. */
  next?: string;
}

const STARTED = /^(Task|LambdaFunction|Activity)Scheduled$/;
const SUCCEEDED = /^(Task|LambdaFunction|Activity)Succeeded$/;
const FAILED = /^(Task|LambdaFunction|Activity)(Schedule|Submit|Start)?(Failed|TimedOut)$/;

/**
 * The way of an execution through its states, from its history: the states in the order in which they were entered, with
 * every attempt. It holds only names of states and of errors, and times. A cause may quote what a customer wrote.
 *
 * @param events oldest first, of a workflow without parallel branches. They may end anywhere.
 */
export function statesOf(events: readonly HistoryEvent[]): StateVisit[] {
  const way = new Way();
  for (const event of events) way.add(event);
  return way.visits;
}

/** The way so far. Events change its last visit, as there are no parallel branches. */
class Way {
  readonly visits: StateVisit[] = [];
  /** Whether the execution ended. Work that was under way may add events after it; they change nothing. */
  private ended = false;
  private redriven = false;

  add(event: HistoryEvent): void {
    const type: string = event.type ?? '';
    const at = (event.timestamp ?? new Date(0)).toISOString();
    if (type === 'ExecutionRedriven') {
      this.ended = false;
      this.redriven = true;
    } else if (this.ended) return;
    else if (type.endsWith('StateEntered')) this.enter(event.stateEnteredEventDetails?.name ?? '', at);
    else if (type.endsWith('StateExited')) this.exit(at);
    else if (STARTED.test(type)) this.startAttempt(at);
    else if (SUCCEEDED.test(type)) this.succeed(at);
    else if (FAILED.test(type) || type === 'EvaluationFailed') this.fail(errorOf(event), at);
    else if (type === 'ExecutionFailed') this.end('FAILED', errorOf(event));
    else if (type === 'ExecutionAborted' || type === 'ExecutionTimedOut') this.end('ABORTED');
  }

  private enter(name: string, at: string): void {
    const previous = this.visits.at(-1);
    // After a redrive, the state that failed may be entered again. Then it did not lead there.
    if (previous && !this.redriven) previous.next = name;
    this.redriven = false;
    this.visits.push({ name, status: 'RUNNING', enteredAt: at, attempts: [] });
  }

  private exit(at: string): void {
    const visit = this.visits.at(-1);
    if (!visit) return;
    const error = visit.attempts.at(-1)?.error;
    visit.exitedAt = at;
    visit.status = error === undefined ? 'SUCCEEDED' : 'CAUGHT';
    if (error !== undefined) visit.error = error;
  }

  private startAttempt(at: string): void {
    const visit = this.visits.at(-1);
    if (!visit) return;
    const failed = visit.attempts.at(-1);
    if (this.redriven) {
      // The state that ended the execution goes on. What was waited for was a person, and not a retry.
      this.redriven = false;
      visit.status = 'RUNNING';
      delete visit.error;
    } else if (failed?.endedAt !== undefined) {
      failed.retriedAfterSeconds = (Date.parse(at) - Date.parse(failed.endedAt)) / 1000;
    }
    visit.attempts.push({ startedAt: at });
  }

  private succeed(at: string): void {
    const attempt = this.visits.at(-1)?.attempts.at(-1);
    if (attempt) attempt.endedAt = at;
  }

  /** An expression may fail before an attempt starts, or after its work succeeded. Both are a failed attempt. */
  private fail(error: string, at: string): void {
    const attempts = this.visits.at(-1)?.attempts;
    const last = attempts?.at(-1);
    if (last && last.error === undefined) Object.assign(last, { endedAt: at, error });
    else attempts?.push({ startedAt: at, endedAt: at, error });
  }

  private end(status: 'FAILED' | 'ABORTED', error?: string): void {
    this.ended = true;
    const visit = this.visits.at(-1);
    if (visit?.status !== 'RUNNING') return;
    visit.status = status;
    if (error !== undefined) visit.error = error;
  }
}

/** What an error's name looks like. A text of another form may be anything, so it is not shown. */
const ERROR_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,127}$/;

/** The name of the error that an event tells, in the details that are named after its type. */
function errorOf(event: HistoryEvent): string {
  const type: string = event.type ?? '';
  const member = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails` as keyof HistoryEvent;
  const error = (event[member] as { error?: string } | undefined)?.error;
  if (error !== undefined && ERROR_NAME.test(error)) return error;
  return type.endsWith('TimedOut') ? 'States.Timeout' : 'Unknown';
}
