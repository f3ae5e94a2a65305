/**
 * Makes a token once and keeps it until it is forgotten. Another try of an order after a lost answer has to be the very
 * same request, or the API takes it for another order.
 */
export function keptToken(make: () => Promise<string>): { get: () => Promise<string>; forget: () => void } {
  let token: Promise<string> | undefined;
  return {
    get() {
      const making = token ?? make();
      token = making;
      making.catch(() => {
        if (token === making) token = undefined;
      });
      return making;
    },
    forget() {
      token = undefined;
    },
  };
}
