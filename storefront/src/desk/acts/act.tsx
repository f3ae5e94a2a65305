import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSession } from '../../session/use-session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Message } from '../../ui/message.tsx';
import { type FieldWords, useForm } from '../../ui/use-form.ts';
import { deskWords } from '../desk-words.ts';
import { may } from '../rights.ts';
import { type AuditEntry, AuditEntryFacts, findAuditEntry } from './audit-entry.tsx';

/** The values of the act's form by name; `reason` is always among them. */
export type ActValues = Readonly<Record<string, string>> & { readonly reason: string };

interface ActProps {
  /** What the button says that opens the question. */
  label: string;
  /** What a screen reader says instead, where several buttons say the same. */
  description?: string;
  kind?: 'primary' | 'secondary' | 'danger';
  title: string;
  /** What the button says that does it. */
  doIt: string;
  /** As the audit log calls it. */
  action: string;
  /** Not offered: the button is not shown. A question that is open stays. */
  isOffered?: boolean;
  /** Does it, and says what was done. What it throws is shown. */
  run: (values: ActValues, form: HTMLFormElement) => Promise<string>;
  /** Called when the person has seen what was done. */
  onDone?: () => void;
  /** What to say about the act's own fields. */
  words?: FieldWords;
  /** What the act does, and its own fields. */
  children: (errors: Readonly<Record<string, string>>) => ComponentChildren;
}

const REASON_WORDS = { reason: 'Say why, in 1 to 500 characters. It is kept in the audit log.' };

/** Something that a person of the shop does: a button, a question that asks why, and then its entry in the audit log. */
export function Act({ label, description, kind = 'secondary', isOffered = true, onDone, ...question }: ActProps) {
  const [isOpen, setIsOpen] = useState(false);
  const isDone = useRef(false);
  const place = useRef<HTMLSpanElement>(null);
  // The act may have ended what it was offered for, and the button goes while it has the focus.
  const losesFocus = !isOffered && (place.current?.contains(document.activeElement) ?? false);
  useEffect(() => {
    if (losesFocus) document.querySelector('h1')?.focus();
  }, [losesFocus]);
  return (
    <>
      <span ref={place}>
        {isOffered && (
          <Button kind={kind} aria-label={description} aria-haspopup="dialog" onClick={() => setIsOpen(true)}>
            {label}
          </Button>
        )}
      </span>
      {isOpen && (
        <Question
          {...question}
          kind={kind}
          onDone={() => {
            isDone.current = true;
          }}
          onClose={() => {
            setIsOpen(false);
            if (isDone.current) onDone?.();
            isDone.current = false;
          }}
        />
      )}
    </>
  );
}

type QuestionProps = Omit<ActProps, 'label' | 'description' | 'isOffered' | 'onDone'> & {
  onDone: () => void;
  onClose: () => void;
};

function Question({ title, kind, doIt, action, run, words = {}, children, onDone, onClose }: QuestionProps) {
  const [done, setDone] = useState<{ what: string; reason: string } | undefined>();
  const form = useRef<HTMLFormElement>(null);
  const { errors, failure, isBusy, onSubmit } = useForm({ ...words, ...REASON_WORDS }, async (values) => {
    if (!form.current) return;
    const reason = values.reason ?? '';
    const what = await run({ ...values, reason }, form.current);
    onDone();
    setDone({ what, reason });
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {done ? (
        <Done {...done} action={action} />
      ) : (
        <form ref={form} noValidate onSubmit={onSubmit}>
          {children(errors)}
          <Field
            label="Why"
            name="reason"
            hint="It is kept in the audit log, with who you are."
            error={errors.reason}
            required
            maxLength={500}
            pattern=".*\S.*"
            autoComplete="off"
          />
          {failure !== undefined && (
            <Message kind="error">
              <p>{deskWords(failure, navigator.onLine)}</p>
            </Message>
          )}
          <p class="actions">
            <Button type="submit" kind={kind === 'danger' ? 'danger' : 'primary'} isBusy={isBusy}>
              {isBusy ? 'One moment …' : doIt}
            </Button>
            <Button kind="secondary" onClick={closeDialog}>
              Do nothing
            </Button>
          </p>
        </form>
      )}
    </Dialog>
  );
}

/** Closes the dialog that a button is in as Escape does, so that the browser gives the focus back. */
function closeDialog({ currentTarget }: { currentTarget: HTMLButtonElement }): void {
  currentTarget.closest('dialog')?.close();
}

function Done({ what, reason, action }: { what: string; reason: string; action: string }) {
  const box = useRef<HTMLDivElement>(null);
  // The button that had the focus is gone with the form.
  useEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} tabIndex={-1}>
      <Message kind="success">
        <p>{what}</p>
      </Message>
      <Recorded action={action} reason={reason} />
      <p class="actions">
        <Button onClick={closeDialog}>Close</Button>
      </p>
    </div>
  );
}

/** The act's entry in the audit log, for those who may read it. */
function Recorded({ action, reason }: { action: string; reason: string }) {
  const { person } = useSession();
  const [state, setState] = useState<{ entry?: AuditEntry; error?: unknown; isRead?: true }>({});
  const mayRead = person !== undefined && may(person, 'OPERATE');
  const operatorId = person?.customerId;
  useEffect(() => {
    if (!mayRead || operatorId === undefined) return;
    findAuditEntry({ action, operatorId, reason }).then(
      (entry) => setState({ isRead: true, ...(entry && { entry }) }),
      (error: unknown) => setState({ isRead: true, error }),
    );
  }, [mayRead, operatorId, action, reason]);

  if (!mayRead) return <p>It is recorded with your reason. Operators read it in the audit log.</p>;
  return (
    <section aria-label="Audit entry" aria-live="polite">
      <h3>Audit entry</h3>
      {state.entry && <AuditEntryFacts entry={state.entry} />}
      {!state.isRead && <p>Reading the audit log …</p>}
      {state.error !== undefined && <p>The audit log could not be read: {deskWords(state.error, navigator.onLine)}</p>}
      {state.isRead && !state.entry && state.error === undefined && (
        <p>It is not among the newest entries. The audit log has it.</p>
      )}
    </section>
  );
}
