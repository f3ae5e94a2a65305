import type { InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

/** The attributes of an input that the forms use. */
type InputAttributes = Pick<
  InputHTMLAttributes<HTMLInputElement>,
  'autoComplete' | 'defaultValue' | 'inputMode' | 'maxLength' | 'minLength' | 'onInput' | 'pattern' | 'required'
>;

type FieldProps = InputAttributes & {
  label: string;
  name: string;
  type?: 'text' | 'email' | 'password' | 'number';
  hint?: string;
  /** What is wrong with it, in words. */
  error?: string | undefined;
};

/** An input with its label above, and its error below. The screen reader reads all of them together. */
export function Field({ label, hint, error, type = 'text', ...input }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const attributes = {
    ...input,
    type,
    id,
    'aria-invalid': error !== undefined,
    ...(described !== '' && { 'aria-describedby': described }),
    // Preact has a type of attributes for each type of input, and cannot see that these go with all of ours.
  } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input {...attributes} />
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
