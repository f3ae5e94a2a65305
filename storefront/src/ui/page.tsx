import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export const SHOP_NAME = 'Juniper';

/** The first page of a visit leaves the focus where the browser put it. */
let isFirstPage = true;

/**
 * A page: its title in the tab and as the heading. The heading gets the focus when the page appears, so that keyboard
 * and screen reader go on from there and not from where the link was.
 */
export function Page({ title, lead, children }: { title: string; lead?: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${SHOP_NAME}`;
  }, [title]);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </>
  );
}
