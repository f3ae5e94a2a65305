/**
 * What was entered at check-out, by the field's name. It is in memory only: it outlives a session that ended and another
 * sign-in, but not the tab, because an address is nobody else's business.
 */
export const checkoutDraft = new Map<string, string>();
