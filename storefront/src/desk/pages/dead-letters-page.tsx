import { useRef, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf } from '../../api/refusal.ts';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Page } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { useLoaded } from '../../ui/use-loaded.ts';
import { Act } from '../acts/act.tsx';
import { DeskFailure } from '../desk-failure.tsx';

type DeadLetter = components['schemas']['DeadLetterList']['items'][number];
type Replayed = components['schemas']['DeadLettersReplayed'];

const LIMIT = 100;

/** The messages of orders that could not be dispatched. */
export function DeadLettersPage() {
  const { value, error, isLoading, reload } = useLoaded(() =>
    answerOf(api.GET('/admin/dlq', { params: { query: { limit: LIMIT } } })),
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // A look takes seconds. A message that is sent again gets another id, so these do not come back.
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const letters = (value?.items ?? []).filter(({ messageId }) => !gone.has(messageId));
  const replayed = useRef<string[]>([]);
  const messageIds = letters.map(({ messageId }) => messageId).filter((id) => chosen.has(id));
  const replay = (label: string, ids: readonly string[]) => (
    <Act
      label={label}
      title={ids.length === 1 ? 'Replay this message?' : `Replay ${ids.length} messages?`}
      doIt="Replay"
      action="DEAD_LETTERS_REPLAYED"
      kind="primary"
      isOffered={ids.length > 0}
      run={async ({ reason }) => {
        const answer = await answerOf(api.POST('/admin/dlq/replay', { body: { messageIds: [...ids], reason } }));
        replayed.current = answer.replayed.map(({ messageId }) => messageId);
        return replayedInWords(answer);
      }}
      onDone={() => {
        setChosen(new Set());
        setGone(new Set([...gone, ...replayed.current]));
        reload();
      }}
    >
      {() => <p>They go to the order queue again. An order whose message comes twice is still processed once.</p>}
    </Act>
  );
  return (
    <Page
      title="Dead letters"
      lead="Messages of orders that could not be dispatched. They stay here until somebody replays them."
    >
      <div class="actions">
        <Button kind="secondary" isBusy={isLoading} onClick={reload}>
          Refresh
        </Button>
        {replay(`Replay the chosen (${messageIds.length})`, messageIds)}
        {replay(
          `Replay all that are listed (${letters.length})`,
          letters.map(({ messageId }) => messageId),
        )}
      </div>
      {error !== undefined && <DeskFailure error={error} onRetry={reload} />}
      {!value && error === undefined && <Loading what="the dead letters" />}
      {value && letters.length === 0 && <p>There are none.</p>}
      {letters.length > 0 && (
        <ul class="cards">
          {letters.map((letter) => (
            <li key={letter.messageId}>
              <Letter
                letter={letter}
                isChosen={chosen.has(letter.messageId)}
                onChoose={(isChosen) => {
                  const next = new Set(chosen);
                  if (isChosen) next.add(letter.messageId);
                  else next.delete(letter.messageId);
                  setChosen(next);
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <p class="hint">That you looked here is in the audit log.</p>
    </Page>
  );
}

function Letter({
  letter: { messageId, sentAt, receiveCount, body, orderId },
  isChosen,
  onChoose,
}: {
  letter: DeadLetter;
  isChosen: boolean;
  onChoose: (isChosen: boolean) => void;
}) {
  return (
    <article class="card" aria-label={`Message ${messageId}`}>
      <label class="choice">
        <input type="checkbox" checked={isChosen} onChange={(event) => onChoose(event.currentTarget.checked)} />
        <span>
          Choose <code>{messageId}</code>
        </span>
      </label>
      <p>
        Sent <Time at={sentAt} seconds />, received {receiveCount === 1 ? 'once' : `${receiveCount} times`}.
        {orderId !== undefined && (
          <>
            {' '}
            Order{' '}
            <a href={`/desk/orders/${orderId}`}>
              <code>{orderId}</code>
            </a>
          </>
        )}
      </p>
      <details>
        <summary>What it says</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must scroll by keyboard too. */}
        <pre class="table-frame" tabIndex={0}>
          {body}
        </pre>
      </details>
    </article>
  );
}

function replayedInWords({ replayed, failed, notFound }: Replayed): string {
  const sentences = [`${count(replayed.length)} sent to the order queue again.`];
  if (failed.length > 0) sentences.push(`${count(failed.length)} not sent and stayed. Try again.`);
  if (notFound.length > 0) sentences.push(`${count(notFound.length)} not there any more, or just being replayed.`);
  return sentences.join(' ');
}

function count(messages: number): string {
  return messages === 1 ? '1 message was' : `${messages} messages were`;
}
