import type { Execution, Moment, StateLook, StateVisit } from './replay.ts';

/** A length of time, such as `0.2 s`, `12 s` or `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(seconds < 1 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest > 0 ? ` ${rest} s` : ''}`;
}

/** The seconds between two times (ISO 8601); undefined while the second is not known. */
export function secondsBetween(from: string, to: string | undefined): number | undefined {
  return to === undefined ? undefined : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** What happened in a visit, as part of a sentence that has named the state. */
export function visitInWords({ status, attempts, error = 'an error' }: StateVisit): string {
  switch (status) {
    case 'SUCCEEDED':
      return 'succeeded';
    case 'CAUGHT':
      return `failed with ${error}, and the workflow has a way for that`;
    case 'FAILED':
      return `ended the execution with ${error}`;
    case 'ABORTED':
      return 'was stopped';
    case 'RUNNING': {
      const failed = attempts.at(-1)?.error;
      return failed === undefined ? 'is running' : `failed with ${failed} and waits for its next attempt`;
    }
  }
}

/** How each try of a visit went: one sentence for each. */
export function attemptsInWords({ attempts }: StateVisit): string[] {
  return attempts.map(({ startedAt, endedAt, error, retriedAfterSeconds }, index) => {
    const took = secondsBetween(startedAt, endedAt);
    const time = took === undefined ? '' : ` after ${duration(took)}`;
    const number = `Attempt ${index + 1}`;
    if (error === undefined) return endedAt === undefined ? `${number} has no end yet.` : `${number} succeeded${time}.`;
    const wait = retriedAfterSeconds === undefined ? '' : `, then a wait of ${duration(retriedAfterSeconds)}`;
    return `${number} failed${time} with ${error}${wait}.`;
  });
}

const ENDS: Readonly<Record<Execution['status'], string>> = {
  RUNNING: 'The execution goes on.',
  SUCCEEDED: 'The execution succeeded.',
  FAILED: 'The execution ended as failed.',
  TIMED_OUT: 'The execution ran out of time.',
  ABORTED: 'The execution was stopped.',
};

/** What has just happened at a moment, in sentences. */
export function momentInWords({ states, status }: Execution, moment: Moment): string {
  if (moment.kind === 'STARTED') return 'The execution starts.';
  if (moment.kind === 'NOW' || moment.kind === 'ENDED') {
    const last = states.at(-1);
    return last ? `${last.name} ${visitInWords(last)}. ${ENDS[status]}` : ENDS[status];
  }
  const visit = states[moment.visit];
  if (!visit) return '';
  if (moment.kind === 'ENTERED') {
    const before = states[moment.visit - 1];
    return `${before ? `${before.name} ${visitInWords(before)}. ` : ''}${visit.name} begins.`;
  }
  const { error = 'an error', retriedAfterSeconds } = visit.attempts[moment.attempt] ?? {};
  const wait = retriedAfterSeconds === undefined ? 'It is started again' : `It waits ${duration(retriedAfterSeconds)}`;
  return `${visit.name} failed with ${error}. ${wait} for attempt ${moment.attempt + 2}.`;
}

const LOOKS: Readonly<Record<StateLook['look'], string>> = {
  NOT_REACHED: 'not reached',
  RUNNING: 'running',
  WAITING: 'waits to try again',
  SUCCEEDED: 'succeeded',
  CAUGHT: 'failed, caught',
  FAILED: 'failed',
  ABORTED: 'stopped',
};

/** What a state looks like, in a few words: what happened, and how often it was tried. */
export function lookInWords({ look, attempts, waitedSeconds, visits }: StateLook): string {
  return [
    LOOKS[look],
    ...(visits > 1 ? [`entered ${visits} times`] : []),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(waitedSeconds > 0 ? [`waited ${duration(waitedSeconds)}`] : []),
  ].join(', ');
}
