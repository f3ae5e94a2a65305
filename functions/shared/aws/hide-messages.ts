/**
 * A middleware that takes the message out of every error of a client, and leaves its name and status. SES and SNS write
 * the address or number of the customer into their messages, and X-Ray puts the message of a failed call into the trace.
 */
export function hideMessages<Arguments, Output>(
  next: (args: Arguments) => Promise<Output>,
): (args: Arguments) => Promise<Output> {
  return async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (error instanceof Error) {
        error.stack = error.stack?.replace(error.message, 'its message is hidden') ?? '';
        error.message = 'its message is hidden';
      }
      throw error;
    }
  };
}

/** Below the tracer, whose middleware is in the step `build`, and above the client's own retries. */
export const HIDE_MESSAGES = { step: 'finalizeRequest', priority: 'high', name: 'hideMessages' } as const;
