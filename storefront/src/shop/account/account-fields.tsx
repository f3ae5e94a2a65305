import { Field } from '../../ui/field.tsx';
import { EMAIL_PATTERN, NEW_PASSWORD_PATTERN } from './account-words.ts';

interface FieldError {
  error: string | undefined;
}

export function EmailField({ error, value }: FieldError & { value: string }) {
  return (
    <Field
      label="E-mail address"
      name="email"
      type="email"
      autoComplete="username"
      required
      maxLength={128}
      pattern={EMAIL_PATTERN}
      defaultValue={value}
      error={error}
    />
  );
}

export function PasswordField({ error }: FieldError) {
  return (
    <Field label="Password" name="password" type="password" autoComplete="current-password" required error={error} />
  );
}

export function NewPasswordField({ error, label = 'New password' }: FieldError & { label?: string }) {
  return (
    <Field
      label={label}
      name="password"
      type="password"
      autoComplete="new-password"
      required
      minLength={12}
      maxLength={256}
      pattern={NEW_PASSWORD_PATTERN}
      hint="At least 12 characters, with a capital and a small letter and a digit."
      error={error}
    />
  );
}

export function CodeField({ error, hint }: FieldError & { hint: string }) {
  return (
    <Field
      label="Code"
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      required
      pattern="[0-9]{6}"
      maxLength={6}
      hint={hint}
      error={error}
    />
  );
}
