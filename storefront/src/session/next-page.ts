/** Where to go after signing in: a path of this site, or the orders. Anything else could lead to a foreign site. */
export function nextPage(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\]*$/.test(next) ? next : '/orders';
}

/** The address of a page on the way to signing in, which takes along where to go after that. */
export function onTheWay(path: string, next: string | undefined): string {
  return next === undefined ? path : `${path}?next=${encodeURIComponent(next)}`;
}
