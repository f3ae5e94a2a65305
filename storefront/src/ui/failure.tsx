import { wordsFor } from '../api/words.ts';
import { Button } from './button.tsx';
import { Message } from './message.tsx';

/** An error in words, and a button to try again where that may help. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <Message kind="error">
      <p>{wordsFor(error, navigator.onLine)}</p>
      {onRetry && (
        <Button kind="secondary" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Message>
  );
}
