/**
 * What was entered at check-out, by the field's name. It is in memory only: it outlives a session that ended and another
 * sign-in, but not the tab, because an address is nobody else's business.
 */
const draft = { customerId: '', values: new Map<string, string>() };

/** The draft of a customer. One of somebody else, who was signed in here before, is forgotten. */
export function checkoutDraftOf(customerId: string): Map<string, string> {
  if (draft.customerId !== customerId) {
    draft.customerId = customerId;
    draft.values = new Map();
  }
  return draft.values;
}
