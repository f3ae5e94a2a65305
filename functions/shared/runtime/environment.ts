/**
 * Reads the named environment variables once, at start-up.
 *
 * @param names the variables a function needs; the list is the type of the result.
 * @throws MissingEnvironment with the names of all variables that are absent or empty, so that one deployment can add
 * them all.
 */
export function readEnvironment<const Name extends string>(
  names: readonly Name[],
  from: NodeJS.ProcessEnv = process.env,
): Record<Name, string> {
  const missing = names.filter((name) => !from[name]);
  if (missing.length > 0) throw new MissingEnvironment(missing);
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Record<Name, string>;
}

/** The function was deployed without environment variables that it needs. */
export class MissingEnvironment extends Error {
  override readonly name = 'MissingEnvironment';
  constructor(names: readonly string[]) {
    super(`missing environment variables: ${names.join(', ')}`);
  }
}
