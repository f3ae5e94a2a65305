import { useRef, useState } from 'preact/hooks';
import { errorsByField } from '../api/errors-by-field.ts';
import { Refusal } from '../api/refusal.ts';

/** What a person should do about a field, by the field's name. */
export type FieldWords = Readonly<Record<string, string>>;

export interface FormState {
  /** What is wrong, by the field's name. */
  errors: Readonly<Record<string, string>>;
  /** What went wrong and belongs to no field. */
  failure: unknown;
  isBusy: boolean;
  onSubmit: (event: SubmitEvent) => void;
  /** Forgets the failure, as when the form shows another step. */
  clear: () => void;
}

/**
 * A form that checks its fields with the browser's own rules, submits once at a time, and puts errors of the API beside
 * the fields that they are about. The form element needs `noValidate`, so that our words are shown.
 *
 * @param words what to say when a field is not as it has to be.
 * @param submit gets the values by name. What it throws is shown.
 * @param refusedWords what to say when the API refuses a field that looked good, where that is something else.
 */
export function useForm(
  words: FieldWords,
  submit: (values: Record<string, string>) => Promise<void>,
  refusedWords: FieldWords = words,
): FormState {
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  // A second press comes before the first one is drawn.
  const isSubmitting = useRef(false);

  async function run(form: HTMLFormElement): Promise<void> {
    setFailure(undefined);
    const wrong = faultsOf(form, words);
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return focusFirst(form, wrong);
    isSubmitting.current = true;
    setIsBusy(true);
    try {
      await submit(valuesOf(form));
    } catch (error) {
      const { fields, isAll } =
        error instanceof Refusal ? errorsByField(error.errors, refusedWords) : { fields: {}, isAll: false };
      setErrors(fields);
      if (!isAll) setFailure(error);
      focusFirst(form, fields);
    } finally {
      isSubmitting.current = false;
      setIsBusy(false);
    }
  }

  return {
    errors,
    failure,
    isBusy,
    onSubmit(event) {
      event.preventDefault();
      if (!isSubmitting.current) run(event.currentTarget as HTMLFormElement);
    },
    clear() {
      setErrors({});
      setFailure(undefined);
    },
  };
}

function inputsOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.elements].filter((element) => element instanceof HTMLInputElement);
}

function faultsOf(form: HTMLFormElement, words: FieldWords): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { name, validity, validationMessage } of inputsOf(form)) {
    if (!validity.valid) faults[name] = words[name] ?? validationMessage;
  }
  return faults;
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

function focusFirst(form: HTMLFormElement, faults: Record<string, string>): void {
  // After the drawing, so that the screen reader finds the error beside the field.
  requestAnimationFrame(() =>
    inputsOf(form)
      .find(({ name }) => name in faults)
      ?.focus(),
  );
}
