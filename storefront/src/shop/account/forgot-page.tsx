import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { authenticate } from '../../session/current-session.ts';
import { onTheWay } from '../../session/next-page.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { say } from '../../ui/live-region.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { accountDraft } from './account-draft.ts';
import { CodeField, EmailField, NewPasswordField } from './account-fields.tsx';
import { ACCOUNT_WORDS, REFUSED_WORDS } from './account-words.ts';

/** Gets a code by e-mail, and sets a new password with it. */
export function ForgotPage() {
  const [email, setEmail] = useState<string>();
  return email === undefined ? (
    <Page
      key="ask"
      title="Forgot your password?"
      lead="We send a code to your address. With it you choose a new password."
    >
      <AskForm onAsked={setEmail} />
    </Page>
  ) : (
    <Page key="reset" title="Choose a new password" lead="If the address has an account, a code is on its way to it.">
      <ResetForm email={email} />
      <p>
        <Button kind="quiet" onClick={() => setEmail(undefined)}>
          Ask for another code
        </Button>
      </p>
    </Page>
  );
}

function AskForm({ onAsked }: { onAsked: (email: string) => void }) {
  const form = useForm(ACCOUNT_WORDS, async ({ email = '' }) => {
    await authenticate({ action: 'forgot', email });
    accountDraft.email = email;
    onAsked(email);
  });
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {form.failure !== undefined && <Failure error={form.failure} />}
      <EmailField value={accountDraft.email} error={form.errors.email} />
      <Button type="submit" isBusy={form.isBusy}>
        Send a code
      </Button>
    </form>
  );
}

function ResetForm({ email }: { email: string }) {
  const { query, route } = useLocation();
  const form = useForm(
    ACCOUNT_WORDS,
    async ({ code = '', password = '' }) => {
      await authenticate({ action: 'reset', email, code, password });
      say('Your password is changed. Sign in with it.');
      route(onTheWay('/sign-in', query.next));
    },
    REFUSED_WORDS,
  );
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {form.failure !== undefined && <Failure error={form.failure} />}
      <CodeField hint="The six digits in the e-mail." error={form.errors.code} />
      <NewPasswordField error={form.errors.password} />
      <Button type="submit" isBusy={form.isBusy}>
        Change password
      </Button>
    </form>
  );
}
