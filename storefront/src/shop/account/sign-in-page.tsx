import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Refusal } from '../../api/refusal.ts';
import { Advice } from '../../api/words.ts';
import { authenticate, session } from '../../session/current-session.ts';
import { nextPage, onTheWay } from '../../session/next-page.ts';
import { useSession } from '../../session/use-session.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { say } from '../../ui/live-region.tsx';
import { Message } from '../../ui/message.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { accountDraft } from './account-draft.ts';
import { CodeField, EmailField, NewPasswordField, PasswordField } from './account-fields.tsx';
import { ACCOUNT_WORDS, SIGN_IN_WORDS } from './account-words.ts';

type Answer = Awaited<ReturnType<typeof authenticate>>;
type Challenge = Extract<Answer, { challenge: string }>;

/** Signs in. The API may ask for a new password or for a second factor before it gives tokens. */
export function SignInPage() {
  const { query, route } = useLocation();
  const { status, hasExpired } = useSession();
  const [email, setEmail] = useState(accountDraft.email);
  const [challenge, setChallenge] = useState<Challenge>();
  const next = nextPage(query.next);

  // Also when another tab signed in.
  useEffect(() => {
    if (status === 'SIGNED_IN') route(next, true);
  }, [status, next, route]);

  function proceed(answer: Answer): void {
    if ('idToken' in answer) {
      session.signIn(answer);
      say('You are signed in.');
    } else if ('challenge' in answer) setChallenge(answer);
    else throw new Advice('Signing in did not work. Try again.');
  }

  if (challenge?.challenge === 'NEW_PASSWORD_REQUIRED') {
    return (
      <Page
        key="new-password"
        title="Choose a new password"
        lead="Your password was given to you. Choose one that only you know."
      >
        <NewPasswordForm
          email={email}
          challenge={challenge}
          proceed={proceed}
          startAgain={() => setChallenge(undefined)}
        />
      </Page>
    );
  }
  if (challenge) {
    return (
      <Page key="second-factor" title="Your second factor">
        <CodeForm email={email} challenge={challenge} proceed={proceed} startAgain={() => setChallenge(undefined)} />
      </Page>
    );
  }
  return (
    <Page key="sign-in" title="Sign in">
      {hasExpired && (
        <Message kind="info">
          <p>You were signed out after a while. Sign in to go on; your cart is as you left it.</p>
        </Message>
      )}
      <PasswordForm
        email={email}
        proceed={(answer, used) => {
          setEmail(used);
          proceed(answer);
        }}
      />
      <ul class="links">
        <li>
          <a href={onTheWay('/sign-up', query.next)}>Create an account</a>
        </li>
        <li>
          <a href={onTheWay('/forgot', query.next)}>I forgot my password</a>
        </li>
        <li>
          <a href={onTheWay('/confirm', query.next)}>I have a code to confirm my address</a>
        </li>
      </ul>
    </Page>
  );
}

function PasswordForm({ email, proceed }: { email: string; proceed: (answer: Answer, email: string) => void }) {
  const form = useForm(SIGN_IN_WORDS, async ({ email = '', password = '' }) => {
    accountDraft.email = email;
    try {
      proceed(await authenticate({ action: 'login', email, password }), email);
    } catch (error) {
      throw isUnauthorized(error)
        ? new Advice('E-mail address and password do not match, or the address is not confirmed yet.')
        : error;
    }
  });
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {form.failure !== undefined && <Failure error={form.failure} />}
      <EmailField value={email} error={form.errors.email} />
      <PasswordField error={form.errors.password} />
      <Button type="submit" isBusy={form.isBusy}>
        {form.isBusy ? 'Signing in …' : 'Sign in'}
      </Button>
    </form>
  );
}

interface ChallengeProps {
  email: string;
  challenge: Challenge;
  proceed: (answer: Answer) => void;
  startAgain: () => void;
}

function NewPasswordForm({ email, challenge: { session: challenged }, proceed, startAgain }: ChallengeProps) {
  const form = useForm(ACCOUNT_WORDS, async ({ password = '' }) => {
    try {
      proceed(await authenticate({ action: 'newPassword', session: challenged, email, password }));
    } catch (error) {
      throw isUnauthorized(error) ? new Advice('That took too long. Start again with your old password.') : error;
    }
  });
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {form.failure !== undefined && <Failure error={form.failure} />}
      <NewPasswordField error={form.errors.password} />
      <p class="actions">
        <Button type="submit" isBusy={form.isBusy}>
          Save and sign in
        </Button>
        <Button kind="quiet" onClick={startAgain}>
          Start again
        </Button>
      </p>
    </form>
  );
}

function CodeForm({ email, challenge: { session: challenged }, proceed, startAgain }: ChallengeProps) {
  const form = useForm(ACCOUNT_WORDS, async ({ code = '' }) => {
    try {
      proceed(await authenticate({ action: 'mfa', session: challenged, email, code }));
    } catch (error) {
      throw isUnauthorized(error) ? new Advice('The code was not right, or it took too long. Start again.') : error;
    }
  });
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {form.failure !== undefined && <Failure error={form.failure} />}
      <CodeField hint="The six digits that your authenticator app shows now." error={form.errors.code} />
      <p class="actions">
        <Button type="submit" isBusy={form.isBusy}>
          Sign in
        </Button>
        <Button kind="quiet" onClick={startAgain}>
          Start again
        </Button>
      </p>
    </form>
  );
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'UNAUTHORIZED';
}
