import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { authenticate } from '../../session/current-session.ts';
import { onTheWay } from '../../session/next-page.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { say } from '../../ui/live-region.tsx';
import { Message } from '../../ui/message.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { accountDraft } from './account-draft.ts';
import { CodeField, EmailField } from './account-fields.tsx';
import { ACCOUNT_WORDS, REFUSED_WORDS } from './account-words.ts';

/** Confirms the address of a new account with the code that was sent to it. */
export function ConfirmPage() {
  const { query, route } = useLocation();
  const form = useForm(
    ACCOUNT_WORDS,
    async ({ email = '', code = '' }) => {
      await authenticate({ action: 'confirm', email, code });
      accountDraft.email = email;
      say('Your address is confirmed. Sign in.');
      route(onTheWay('/sign-in', query.next));
    },
    REFUSED_WORDS,
  );
  return (
    <Page title="Confirm your address" lead="If the address can be used, a code is on its way to it.">
      <form class="form" noValidate onSubmit={form.onSubmit}>
        {form.failure !== undefined && <Failure error={form.failure} />}
        <EmailField value={accountDraft.email} error={form.errors.email} />
        <CodeField hint="The six digits in the e-mail." error={form.errors.code} />
        <Button type="submit" isBusy={form.isBusy}>
          Confirm
        </Button>
      </form>
      <Resend />
    </Page>
  );
}

function Resend() {
  const [isSent, setIsSent] = useState(false);
  const form = useForm(ACCOUNT_WORDS, async ({ email = '' }) => {
    setIsSent(false);
    await authenticate({ action: 'resend', email });
    accountDraft.email = email;
    setIsSent(true);
  });
  return (
    <details class="more-help">
      <summary>No code has come</summary>
      <form class="form" noValidate onSubmit={form.onSubmit}>
        <p>It may take a minute, or be among unwanted mail.</p>
        {form.failure !== undefined && <Failure error={form.failure} />}
        {isSent && (
          <Message kind="success">
            <p>If the address can be used, another code is on its way to it.</p>
          </Message>
        )}
        <EmailField value={accountDraft.email} error={form.errors.email} />
        <Button type="submit" kind="secondary" isBusy={form.isBusy}>
          Send another code
        </Button>
      </form>
    </details>
  );
}
