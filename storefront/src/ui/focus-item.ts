/**
 * Gives the focus to an item of a list once it is drawn: the first new one after "show more". The new items are before
 * the button, and the button goes when there are no more. Without such an item, the last one gets it.
 *
 * @param index of the item; items have `tabIndex={-1}`.
 */
export function focusItem(list: HTMLElement | null, index: number): void {
  requestAnimationFrame(() => {
    const item = list?.children[index] ?? list?.lastElementChild;
    if (item instanceof HTMLElement) item.focus();
  });
}
