import { Button } from '../ui/button.tsx';
import { Message } from '../ui/message.tsx';
import { deskWords } from './desk-words.ts';

/** An error in words for the people of the shop, and a button to try again. */
export function DeskFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Message kind="error">
      <p>{deskWords(error, navigator.onLine)}</p>
      <Button kind="secondary" onClick={onRetry}>
        Try again
      </Button>
    </Message>
  );
}
