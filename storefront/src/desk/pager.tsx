import { useState } from 'preact/hooks';
import { Button } from '../ui/button.tsx';
import { say } from '../ui/live-region.tsx';
import { type Loaded, useLoaded } from '../ui/use-loaded.ts';

export interface Pages<Page> extends Loaded<Page> {
  number: number;
  /** Undefined on the first page. */
  back: (() => void) | undefined;
  /** Undefined on the last page, and until it is known whether this is the last one. */
  next: (() => void) | undefined;
  /** Somebody has gone to another page. The way between pages then stays, also while a page loads. */
  hasMoved: boolean;
}

/** Reads a list page by page. It begins again when `key` changes. */
export function usePages<Page extends { nextToken?: string }>(
  load: (nextToken: string | undefined) => Promise<Page>,
  key: string,
): Pages<Page> {
  const [way, setWay] = useState({ key, tokens: [] as string[], hasMoved: false });
  const { tokens, hasMoved } = way.key === key ? way : { tokens: [], hasMoved: false };
  const token = tokens.at(-1);
  const loaded = useLoaded(() => load(token), `${key} ${token ?? ''}`);
  const nextToken = loaded.value?.nextToken;
  const go = (to: string[]) => {
    setWay({ key, tokens: to, hasMoved: true });
    say(`Page ${to.length + 1}`);
  };
  return {
    ...loaded,
    number: tokens.length + 1,
    back: tokens.length === 0 ? undefined : () => go(tokens.slice(0, -1)),
    next: nextToken === undefined ? undefined : () => go([...tokens, nextToken]),
    hasMoved,
  };
}

/** The way to the other pages of a list. */
export function Pager({ what, pages: { number, back, next, hasMoved } }: { what: string; pages: Pages<unknown> }) {
  if (!back && !next && !hasMoved) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <Button kind="secondary" aria-disabled={!back} onClick={() => back?.()}>
        Previous page
      </Button>
      <span aria-current="page">Page {number}</span>
      <Button kind="secondary" aria-disabled={!next} onClick={() => next?.()}>
        Next page
      </Button>
    </nav>
  );
}
