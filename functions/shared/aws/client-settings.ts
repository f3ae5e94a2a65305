/**
 * The settings of every SDK client: how long one attempt may take, and how many there are. Without
 * `throwOnRequestTimeout` the SDK only logs that an answer is late, and goes on waiting.
 *
 * The SDK waits at most 0.1 s before a second attempt, so a call takes at most `2 * attempt + 0.1` s. The sums that have
 * to fit, in seconds:
 *
 * - create-order (Timeout 20): newest number 3.1 + order of the Idempotency-Key 3.1 + catalogue and caps 3.1 + the order
 *   that a cap asks for 3.1 + order 3.1 + message 3.1 = 18.6. A taken number begins again, in the first 6 s only.
 * - notify (10): order 3.1 + publish 3.1 + mark 3.1 = 9.3.
 * - auth (20): two calls, to confirm a second factor, 2 x 8.1 = 16.2.
 * - check-second-factor (5, as Cognito waits no longer): one call 4.1.
 * - retry-order and cancel-order (15): order 3.1 + write 3.1 + the row again 3.1 + start 3.1 = 12.4.
 * - escalate-order (35): order 3.1 + write 3.1 + notify 24.1 = 30.3.
 * - payment (24): order 3.1 + breaker 3.1 + the provider's 8 + what the provider or the breaker notes 2 x 3.1 = 20.4.
 * - list-executions (20): order 3.1 + descriptions 3.1 + three calls for each history 9.3 = 15.5.
 * - admin-overview (15): three pages of a count 9.3, beside which everything else is read.
 * - check-image (30): list, read, store and delete 4 x 6.1 + product 3.1 = 27.5.
 * - publish-order-events (60): the 100 orders of a batch in ten calls, 10 x 3.1 = 31. The first call that fails ends it.
 * - deliver-notification (60): order 3.1 + e-mail (record 3.1 + send 6.1 + record 3.1) + SMS (record 3.1 + send 3 +
 *   record 3.1) = 24.6 for each message. It leaves the rest of a batch when it has less than 25 s.
 *
 * A service that answers slowly more often than that ends at the function's own Timeout, as before.
 */
export interface ClientSettings {
  maxAttempts: number;
  /** In milliseconds. A plain object, so that no handler has to be loaded before the client loads its own. */
  requestHandler: {
    connectionTimeout: number;
    /** From the beginning of the request to the head of the answer. */
    requestTimeout: number;
    /** Without a byte in either direction, as in an answer's body that stops half-way. */
    socketTimeout: number;
    throwOnRequestTimeout: true;
  };
}

/**
 * @param attemptMs how long one attempt may take until the answer begins.
 * @param idleMs how long its connection may be silent. Both in milliseconds.
 */
function twoAttempts(attemptMs: number, idleMs = attemptMs): ClientSettings {
  return attempts(2, attemptMs, idleMs);
}

/** For a call that must not be repeated after its answer was lost. */
function oneAttempt(attemptMs: number): ClientSettings {
  return attempts(1, attemptMs, attemptMs);
}

function attempts(maxAttempts: number, attemptMs: number, idleMs: number): ClientSettings {
  return {
    maxAttempts,
    requestHandler: {
      connectionTimeout: Math.min(attemptMs, 1000),
      requestTimeout: attemptMs,
      socketTimeout: idleMs,
      throwOnRequestTimeout: true,
    },
  };
}

/** The settings of each client, by what it calls. */
export const CLIENT_SETTINGS = {
  cognito: twoAttempts(4000),
  cognitoInTrigger: twoAttempts(2000),
  dynamodb: twoAttempts(1500),
  eventBridge: twoAttempts(1500),
  /** Longer than the Timeout of `notify`, for which a caller may wait. */
  lambda: twoAttempts(12_000),
  /** An image of 5 MB is stored within one attempt. */
  s3: twoAttempts(3000),
  secretsManager: twoAttempts(2000),
  ses: twoAttempts(3000),
  /** At most once. */
  sms: oneAttempt(3000),
  sns: twoAttempts(1500),
  /** A receive that waits for messages is silent for a second, and states its own longer timeout. */
  sqs: twoAttempts(1500, 3000),
  stepFunctions: twoAttempts(1500),
} as const satisfies Record<string, ClientSettings>;
