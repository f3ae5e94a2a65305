import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand, paginateScan, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type Actor, auditEntry } from '../operations/audit.ts';
import {
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  PaymentRefused,
  type PaymentRequest,
  PaymentUnavailable,
} from './payment-provider.ts';

/**
 * One breaker for each account at a payment provider, shared by all functions through the Operations table.
 *
 * CLOSED lets every call pass. After `failures` transient failures without a success between them, all within
 * `windowMs`, it is OPEN: calls fail at once, so that orders wait in the workflow's retry instead of pressing on a
 * provider that is down. When `coolDownMs` is over, one caller wins the write to HALF_OPEN and probes; its answer
 * closes the breaker, its failure opens it for another cool-down, and a prober that died is replaced after `probeMs`.
 *
 * Every change is one write conditional on the version that was read; the version is also what proves who probes.
 * All times are milliseconds since 1970.
 */
export interface Breaker {
  provider: string;
  account: string;
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Transient failures since the last success; kept at the threshold while it is open. */
  failures: number;
  /** Of these, when the first one was. */
  firstFailureAt: number;
  /** OPEN: until when nobody asks. HALF_OPEN: until when the probe may take. Otherwise 0. */
  until: number;
  /** 0 means that nothing is stored yet. */
  version: number;
}

export interface BreakerSettings {
  failures: number;
  windowMs: number;
  coolDownMs: number;
  /** Not shorter than the time a payment call may take, or a second prober comes while the first still waits. */
  probeMs: number;
  /** How long a container trusts what it read. */
  cacheMs: number;
}

export const BREAKER_SETTINGS: BreakerSettings = {
  failures: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  probeMs: 30_000,
  cacheMs: 3_000,
};

export type BreakerId = Pick<Breaker, 'provider' | 'account'>;

/** A breaker that nothing has happened to. */
export function newBreaker({ provider, account }: BreakerId): Breaker {
  return { provider, account, state: 'CLOSED', failures: 0, firstFailureAt: 0, until: 0, version: 0 };
}

/** What a forward call may do now: go, not go, or go if it wins the right to probe. */
export function permission(breaker: Breaker, now: number): 'PASS' | 'REFUSE' | 'PROBE' {
  if (breaker.state === 'CLOSED') return 'PASS';
  return now < breaker.until ? 'REFUSE' : 'PROBE';
}

/** The breaker after a transient failure, or undefined when that changes nothing: an open one learns from its probe. */
export function afterFailure(breaker: Breaker, now: number, settings: BreakerSettings): Breaker | undefined {
  if (breaker.state !== 'CLOSED') return undefined;
  const goesOn = breaker.failures > 0 && now - breaker.firstFailureAt < settings.windowMs;
  const failures = goesOn ? breaker.failures + 1 : 1;
  const firstFailureAt = goesOn ? breaker.firstFailureAt : now;
  const next = { ...breaker, failures, firstFailureAt, version: breaker.version + 1 };
  return failures < settings.failures ? next : { ...next, state: 'OPEN', until: now + settings.coolDownMs };
}

/** The breaker after an answer, or undefined when that changes nothing, which is the happy path and costs no write. */
export function afterAnswer(breaker: Breaker): Breaker | undefined {
  return breaker.state === 'CLOSED' && breaker.failures > 0 ? closed(breaker) : undefined;
}

/** The breaker while one caller probes. */
export function probing(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  return { ...breaker, state: 'HALF_OPEN', until: now + settings.probeMs, version: breaker.version + 1 };
}

/** The breaker after its probe failed. */
export function reopened(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  return { ...breaker, state: 'OPEN', until: now + settings.coolDownMs, version: breaker.version + 1 };
}

/** The breaker closed, by an answer or by an operator. */
export function closed(breaker: Breaker): Breaker {
  return { ...newBreaker(breaker), version: breaker.version + 1 };
}

/** Where breakers are kept. */
export interface BreakerStore {
  read(id: BreakerId): Promise<Breaker>;
  /** Writes `next` only if the stored version is still that of `seen`; tells whether it did. */
  swap(seen: Breaker, next: Breaker): Promise<boolean>;
}

export interface BreakerDependencies {
  store: BreakerStore;
  settings: BreakerSettings;
  now: () => number;
  /** Told of every change of state by the container that made it. */
  onChange: (breaker: Breaker) => void;
  /** Told when the store failed: the call goes on, because a breaker must never be what stops a payment. */
  onStoreFailure: (error: unknown) => void;
}

/** Who calls: `forward` waits while the breaker is open; `undo` gives money back and is never refused. */
export type CallKind = 'forward' | 'undo';

/** Guards calls to payment providers with their account's breaker; one instance for each container. */
export class CircuitBreaker {
  readonly #with: BreakerDependencies;
  readonly #cache = new Map<string, { breaker: Breaker; readAt: number }>();

  constructor(dependencies: BreakerDependencies) {
    this.#with = dependencies;
  }

  /**
   * Does a call to the provider, unless its account's breaker is open.
   *
   * Undo calls pass an open breaker: refusing them would use up their retries and turn a delay into NEEDS_ATTENTION,
   * and there are only as many as orders already given up. Their failures count, their answers do not: only a call
   * that takes money shows that money can be taken.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen`, without having called; else what the
   * call throws.
   */
  async guard<T>(id: BreakerId, kind: CallKind, call: () => Promise<T>): Promise<T> {
    const probe = kind === 'forward' ? await this.#admit(id) : undefined;
    try {
      const answer = await call();
      if (kind === 'forward') await this.#answered(id, probe);
      return answer;
    } catch (error) {
      if (isFailure(error)) await this.#failed(id, probe);
      else if (kind === 'forward' && isAnswer(error)) await this.#answered(id, probe);
      throw error;
    }
  }

  /**
   * Looks whether a forward call would be refused now, without claiming a probe.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen`.
   */
  async demandPassage(id: BreakerId): Promise<void> {
    const breaker = await this.#known(id);
    if (breaker && permission(breaker, this.#with.now()) === 'REFUSE') throw circuitOpen(breaker);
  }

  /** Returns the breaker as this caller's probe left it, or undefined when the call needs no probe. */
  async #admit(id: BreakerId): Promise<Breaker | undefined> {
    const { settings, now } = this.#with;
    let breaker = await this.#known(id);
    if (breaker && permission(breaker, now()) === 'PROBE') {
      const probe = probing(breaker, now(), settings);
      const won = await this.#swap(breaker, probe);
      if (won === 'WON') return probe;
      if (won === 'FAILED') return undefined;
      breaker = await this.#read(id);
    }
    if (!breaker || permission(breaker, now()) === 'PASS') return undefined;
    throw circuitOpen(breaker);
  }

  async #answered(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    if (probe) await this.#swap(probe, closed(probe));
    else await this.#change(id, afterAnswer);
  }

  async #failed(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    const { settings, now } = this.#with;
    if (probe) await this.#swap(probe, reopened(probe, now(), settings));
    else await this.#change(id, (breaker) => afterFailure(breaker, now(), settings));
  }

  /** A lost race is tried again a few times; then the count may miss one of many failures at once. */
  async #change(id: BreakerId, transition: (breaker: Breaker) => Breaker | undefined): Promise<void> {
    let breaker = await this.#known(id);
    for (let attempt = 0; attempt < 3 && breaker; attempt += 1) {
      const next = transition(breaker);
      if (!next || (await this.#swap(breaker, next)) !== 'LOST') return;
      breaker = await this.#read(id);
    }
  }

  async #known(id: BreakerId): Promise<Breaker | undefined> {
    const cached = this.#cache.get(keyOf(id));
    const isFresh = cached && this.#with.now() - cached.readAt < this.#with.settings.cacheMs;
    return isFresh ? cached.breaker : this.#read(id);
  }

  async #read(id: BreakerId): Promise<Breaker | undefined> {
    try {
      const breaker = await this.#with.store.read(id);
      this.#cache.set(keyOf(id), { breaker, readAt: this.#with.now() });
      return breaker;
    } catch (error) {
      this.#with.onStoreFailure(error);
      return undefined;
    }
  }

  async #swap(seen: Breaker, next: Breaker): Promise<'WON' | 'LOST' | 'FAILED'> {
    try {
      if (!(await this.#with.store.swap(seen, next))) return 'LOST';
    } catch (error) {
      this.#with.onStoreFailure(error);
      return 'FAILED';
    }
    this.#cache.set(keyOf(next), { breaker: next, readAt: this.#with.now() });
    if (seen.state !== next.state) this.#with.onChange(next);
    return 'WON';
  }
}

function circuitOpen({ provider, account, until }: Breaker): PaymentUnavailable {
  return new PaymentUnavailable(
    `CircuitOpen: ${provider} account ${account} is not asked before ${new Date(until).toISOString()}`,
  );
}

/** The provider did not answer. That one payment has to wait says nothing against it. */
function isFailure(error: unknown): boolean {
  return error instanceof PaymentUnavailable && !error.isPending;
}

/** The provider considered the request, which shows that it works. */
function isAnswer(error: unknown): boolean {
  return ANSWERS.some((answer) => error instanceof answer);
}

const ANSWERS = [
  PaymentUnavailable,
  PaymentDeclined,
  PaymentRefused,
  PaymentClosed,
  PaymentCaptured,
  PaymentNotCaptured,
] as const;

const keyOf = ({ provider, account }: BreakerId) => `BREAKER#${provider}:${account}`;

/**
 * Puts each account's breaker in front of a provider. Looking up and listing are not guarded: they move no money, and
 * what they find is what tells an unclear answer apart.
 *
 * @param name of the provider, under which its breakers are kept.
 */
export function withBreaker(provider: PaymentProvider, name: string, breaker: CircuitBreaker): PaymentProvider {
  const id = (payment: PaymentRequest) => ({ provider: name, account: provider.accountOf(payment) });
  return {
    accountOf: (payment) => provider.accountOf(payment),
    authorize: (payment) => breaker.guard(id(payment), 'forward', () => provider.authorize(payment)),
    capture: (payment) => breaker.guard(id(payment), 'forward', () => provider.capture(payment)),
    void: (payment) => breaker.guard(id(payment), 'undo', () => provider.void(payment)),
    refund: (payment) => breaker.guard(id(payment), 'undo', () => provider.refund(payment)),
    findByOrder: (payment) => provider.findByOrder(payment),
    listSince: (since, nextToken) => provider.listSince(since, nextToken),
    demandAvailable: (payment) => breaker.demandPassage(id(payment)),
  };
}

/** The breakers in the Operations table. */
export function breakerStore(dynamodb: DynamoDBDocumentClient, table: string): BreakerStore {
  return {
    async read(id) {
      const { Item } = await dynamodb.send(new GetCommand({ TableName: table, Key: rowKey(id), ConsistentRead: true }));
      return Item ? fromRow(Item) : newBreaker(id);
    },
    async swap(seen, next) {
      try {
        await dynamodb.send(new PutCommand({ TableName: table, Item: toRow(next), ...unchangedSince(seen) }));
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
  };
}

/**
 * Every breaker that something ever happened to, for an operator. It scans: the table holds one row for each account
 * and one for each act of an operator, and the page is opened seldom.
 */
export async function listBreakers(dynamodb: DynamoDBDocumentClient, table: string): Promise<Breaker[]> {
  const pages = paginateScan(
    { client: dynamodb },
    {
      TableName: table,
      FilterExpression: 'begins_with(pk, :breaker) AND sk = :state',
      ExpressionAttributeValues: { ':breaker': 'BREAKER#', ':state': 'STATE' },
      ConsistentRead: true,
    },
  );
  const breakers: Breaker[] = [];
  for await (const { Items } of pages) breakers.push(...(Items ?? []).map(fromRow));
  return breakers.sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
}

/**
 * Closes a breaker because an operator says so, together with its audit entry.
 *
 * @returns the closed breaker, or undefined when it was closed already, or nothing is known of that account; then
 * nothing is written.
 * @throws BreakerChanged when it changed at the same moment.
 */
export async function closeBreaker(
  dynamodb: DynamoDBDocumentClient,
  table: string,
  id: BreakerId,
  by: Actor,
): Promise<Breaker | undefined> {
  const seen = await breakerStore(dynamodb, table).read(id);
  if (seen.state === 'CLOSED') return undefined;
  const next = closed(seen);
  const audit = auditEntry('BREAKER_CLOSED', keyOf(id), by);
  try {
    await dynamodb.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: table, Item: toRow(next), ...unchangedSince(seen) } },
          { Put: { TableName: table, Item: audit } },
        ],
      }),
    );
  } catch (error) {
    if ((error as Error).name === 'TransactionCanceledException') throw new BreakerChanged(keyOf(id));
    throw error;
  }
  return next;
}

/** A breaker changed between being read and being written; reading again shows how. */
export class BreakerChanged extends Error {
  override readonly name = 'BreakerChanged';
}

const rowKey = (id: BreakerId) => ({ pk: keyOf(id), sk: 'STATE' });
const toRow = (breaker: Breaker) => ({ ...rowKey(breaker), ...breaker });

function fromRow({ pk: _pk, sk: _sk, ...breaker }: Record<string, unknown>): Breaker {
  return breaker as unknown as Breaker;
}

function unchangedSince({ version }: Breaker) {
  return version === 0
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': version } };
}
