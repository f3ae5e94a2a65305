/** Does nothing: what Node itself and a handler cost. */
export async function handler(): Promise<object> {
  return {};
}
