/** What the exit codes of the command line mean. */
export const EXIT = { done: 0, refused: 1, wrongUsage: 2 } as const;

/** The command was written wrongly, and nothing was done. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** Why a command did not do what was asked. */
export interface CommandFailure {
  /** The API's own code, or the name of the error. */
  code: string;
  message: string;
  /** Which parts of the request the API did not accept. */
  errors?: readonly { pointer: string; detail: string }[];
}

/** An error in the words for whoever called. An address that does not answer has its words in the cause. */
export function failureOf(error: unknown): CommandFailure {
  const { name, code, message, cause, errors } = error as Error & {
    code?: string;
    errors?: CommandFailure['errors'];
  };
  const words = [message, (cause as Error | undefined)?.message].filter(Boolean).join(': ');
  if (name === 'Refusal') return { code: code ?? name, message, ...(errors?.length && { errors }) };
  if (name === 'CommanderError') return { code: 'WrongUsage', message: message.replace(/^error: /, '') };
  return { code: name, message: words || code || name };
}
