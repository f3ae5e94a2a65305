import { useLocation } from 'preact-iso';
import { authenticate } from '../../session/current-session.ts';
import { onTheWay } from '../../session/next-page.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { accountDraft } from './account-draft.ts';
import { EmailField, NewPasswordField } from './account-fields.tsx';
import { ACCOUNT_WORDS } from './account-words.ts';

export function SignUpPage() {
  const { query, route } = useLocation();
  const form = useForm(ACCOUNT_WORDS, async ({ email = '', password = '' }) => {
    await authenticate({ action: 'register', email, password });
    accountDraft.email = email;
    route(onTheWay('/confirm', query.next));
  });
  return (
    <Page title="Create an account" lead="We send a code to your address, to know that it is yours.">
      <form class="form" noValidate onSubmit={form.onSubmit}>
        {form.failure !== undefined && <Failure error={form.failure} />}
        <EmailField value={accountDraft.email} error={form.errors.email} />
        <NewPasswordField label="Password" error={form.errors.password} />
        <Button type="submit" isBusy={form.isBusy}>
          {form.isBusy ? 'Creating …' : 'Create account'}
        </Button>
      </form>
      <p>
        <a href={onTheWay('/sign-in', query.next)}>I have an account</a>
      </p>
    </Page>
  );
}
