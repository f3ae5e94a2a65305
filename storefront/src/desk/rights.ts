/** What a member of the shop's groups may do. The API decides about it; the desk only shows nothing that is refused. */
export type Right = 'SEE_ALL_ORDERS' | 'CANCEL_ALL_ORDERS' | 'RETRY_ORDERS' | 'CHANGE_CATALOGUE' | 'OPERATE';

/** As the API has them; a test compares the two. */
export const RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  operators: ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS', 'RETRY_ORDERS', 'CHANGE_CATALOGUE', 'OPERATE'],
  support: ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS'],
  catalogue: ['CHANGE_CATALOGUE'],
};

/** Whether a member of these groups has a right. */
export function may({ groups }: { groups: readonly string[] }, right: Right): boolean {
  return groups.some((group) => Object.hasOwn(RIGHTS, group) && RIGHTS[group]?.includes(right));
}
