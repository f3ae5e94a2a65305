const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const WITH_SECONDS = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment (ISO 8601) in the person's time zone. */
export function Time({ at, seconds = false }: { at: string; seconds?: boolean }) {
  return <time dateTime={at}>{(seconds ? WITH_SECONDS : DAY_AND_TIME).format(new Date(at))}</time>;
}
