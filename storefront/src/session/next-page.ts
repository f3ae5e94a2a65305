/** Where to go after signing in: a path of this site, or the orders. Anything else could lead to a foreign site. */
export function nextPage(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\]*$/.test(next) ? next : '/orders';
}
