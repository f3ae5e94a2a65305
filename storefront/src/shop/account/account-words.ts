/** What to say when a field about the account is not as it has to be. */
export const ACCOUNT_WORDS = {
  email: 'Enter an e-mail address such as ada@example.com.',
  password: 'Use 12 characters or more, with a capital and a small letter and a digit, and no space at either end.',
  code: 'Enter the six digits.',
} as const;

/** What to say when the API refuses a field that looked good. */
export const REFUSED_WORDS = {
  ...ACCOUNT_WORDS,
  code: 'The code is wrong or has expired. Ask for another one.',
} as const;

/** At sign-in no rule is told: it is about the password that exists. */
export const SIGN_IN_WORDS = { ...ACCOUNT_WORDS, password: 'Enter your password.' } as const;

export const EMAIL_PATTERN = '[^\\s@]{1,64}@[A-Za-z0-9.\\-]{1,180}\\.[A-Za-z]{2,63}';
export const NEW_PASSWORD_PATTERN = '(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])\\S(.*\\S)?';
