/** What a linter asks for and this project does not do: one list for each linter, with one rule for all lists. */

export interface Accepted {
  rule: string;
  /** Logical ids that may do without. */
  resource: RegExp;
  /** Why that is right, in a sentence. */
  reason: string;
}

export interface Reported {
  rule: string;
  /** Logical id, or the name of the file where there is none. */
  resource: string;
  message: string;
}

const accepts =
  ({ rule, resource }: Reported) =>
  (accepted: Accepted) =>
    accepted.rule === rule && accepted.resource.test(resource);

/** What is reported and not accepted, one line for each. */
export function notAccepted(reported: readonly Reported[], list: readonly Accepted[]): string[] {
  const others = reported.filter((finding) => !list.some(accepts(finding)));
  return [...new Set(others.map(({ rule, resource, message }) => `${rule} ${resource}: ${message}`))];
}

/** What is wrong with a list itself: an entry without a reason, and one that accepts nothing of what was reported. */
export function faultsOf(list: readonly Accepted[], reported: readonly Reported[]): string[] {
  return list.flatMap((accepted) => {
    const name = `${accepted.rule} ${accepted.resource.source}`;
    return [
      ...(accepted.reason.trim().split(/\s+/).length < 5 ? [`${name} has no reason`] : []),
      ...(reported.some((finding) => accepts(finding)(accepted)) ? [] : [`${name} accepts nothing`]),
    ];
  });
}
