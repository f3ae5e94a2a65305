import { useEffect, useState } from 'preact/hooks';

let show: (text: string) => void = () => {};

/** Tells a screen reader what changed without a change of focus. Sighted people see the change itself. */
export function say(text: string): void {
  show(text);
}

/** The place in the page from which screen readers read what `say` was given. The layout has the only one. */
export function LiveRegion() {
  const [spoken, setSpoken] = useState({ text: '', turn: 0 });
  useEffect(() => {
    // The same text twice has to be a change too, so the two places take turns.
    show = (text) => setSpoken(({ turn }) => ({ text, turn: turn + 1 }));
    return () => {
      show = () => {};
    };
  }, []);
  return (
    <div class="visually-hidden">
      <p aria-live="polite">{spoken.turn % 2 === 0 ? spoken.text : ''}</p>
      <p aria-live="polite">{spoken.turn % 2 === 1 ? spoken.text : ''}</p>
    </div>
  );
}
