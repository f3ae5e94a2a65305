import { useState } from 'preact/hooks';
import { Button } from '../ui/button.tsx';
import { type Loaded, useLoaded } from '../ui/use-loaded.ts';

export interface Pages<Page> extends Loaded<Page> {
  number: number;
  /** Undefined on the first page. */
  back: (() => void) | undefined;
  /** Undefined on the last page. */
  next: (() => void) | undefined;
}

/** Reads a list page by page. It begins again when `key` changes. */
export function usePages<Page extends { nextToken?: string }>(
  load: (nextToken: string | undefined) => Promise<Page>,
  key: string,
): Pages<Page> {
  const [way, setWay] = useState<{ key: string; tokens: string[] }>({ key, tokens: [] });
  const tokens = way.key === key ? way.tokens : [];
  const token = tokens.at(-1);
  const loaded = useLoaded(() => load(token), `${key} ${token ?? ''}`);
  const nextToken = loaded.value?.nextToken;
  return {
    ...loaded,
    number: tokens.length + 1,
    back: tokens.length === 0 ? undefined : () => setWay({ key, tokens: tokens.slice(0, -1) }),
    next: nextToken === undefined ? undefined : () => setWay({ key, tokens: [...tokens, nextToken] }),
  };
}

/** The way to the other pages of a list. */
export function Pager({ what, pages: { number, back, next } }: { what: string; pages: Pages<unknown> }) {
  if (!back && !next) return null;
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
