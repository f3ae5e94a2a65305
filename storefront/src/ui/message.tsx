import type { ComponentChildren } from 'preact';

/**
 * Something that a person should read now. `error` and `warning` are read out at once, the others when the screen
 * reader has time.
 */
export function Message({
  kind,
  title,
  children,
}: {
  kind: 'error' | 'warning' | 'info' | 'success';
  title?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`message message-${kind}`} role={kind === 'error' || kind === 'warning' ? 'alert' : 'status'}>
      {title && <strong>{title}</strong>}
      {children}
    </div>
  );
}
