import type { ButtonHTMLAttributes } from 'preact';

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class' | 'disabled'> & {
  kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  /** At work: it stays where it is and keeps the focus, but does nothing. */
  isBusy?: boolean;
};

/** A button. While it is busy it is `aria-disabled` and not `disabled`, because that would lose the focus. */
export function Button({ kind = 'primary', isBusy = false, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      class={`button button-${kind}`}
      aria-disabled={isBusy || rest['aria-disabled']}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
