/**
 * The address that the pages about the account hand on to one another. It is in memory and not in the page's address,
 * because addresses of pages are logged.
 */
export const accountDraft = { email: '' };
