import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { Button } from './button.tsx';
import { Message } from './message.tsx';

/** Shows words in place of a part that could not be drawn, so that the rest of the page stays usable. */
export function PageErrorBoundary({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary((thrown: unknown) => console.error(thrown));
  if (error === undefined) return <>{children}</>;
  return (
    <Message kind="error" title="This page could not be shown">
      <p>Your cart and your orders are safe.</p>
      <Button kind="secondary" onClick={() => location.reload()}>
        Load it again
      </Button>
    </Message>
  );
}
