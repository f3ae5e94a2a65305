import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  payment_intent: string;
  status: 'succeeded' | 'pending' | 'failed';
}

interface Charge {
  id: string;
  object: 'charge';
  status: 'succeeded' | 'failed';
  captured: boolean;
  refunds: Refund[];
}

export interface FakeIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  amount_capturable: number;
  currency: string;
  capture_method: string;
  created: number;
  livemode: boolean;
  metadata: Record<string, string>;
  status: 'requires_payment_method' | 'requires_capture' | 'succeeded' | 'canceled' | 'processing';
  last_payment_error: Json | null;
  charge: Charge | null;
  card: string | null;
}

interface Answer {
  status: number;
  body: Json;
}

/** A call that Stripe turns down. */
class Refusal extends Error {
  readonly answer: Answer;
  constructor(status: number, error: Json) {
    super(String(error.code));
    this.answer = { status, body: { error } };
  }
}

const UNSUITABLE_STATE = (intent: FakeIntent) =>
  new Refusal(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `This PaymentIntent has a status of ${intent.status}.`,
  });

/** What Stripe's test cards do when they are confirmed, by the name of their payment method. */
const CARDS: Record<string, Json | 'approved'> = {
  pm_card_visa: 'approved',
  pm_card_pendingRefund: 'approved',
  pm_card_refundFail: 'approved',
  pm_card_visa_chargeDeclined: { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_visa_chargeDeclinedInsufficientFunds: {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'insufficient_funds',
  },
  pm_card_authenticationRequired: { type: 'card_error', code: 'authentication_required' },
};

/**
 * PaymentIntents as Stripe documents them, with their states, idempotency keys and errors, over HTTP: as much as an
 * order's payment needs. Stripe's own stripe-mock checks the form of requests and keeps no state; this keeps state.
 */
export class FakeStripe {
  readonly intents = new Map<string, FakeIntent>();
  livemode = false;
  /** The key that is accepted; a request with another is answered with 401. */
  apiKey = 'sk_test_fake';
  readonly #saved = new Map<string, Answer & { parameters: string }>();
  readonly #server: Server;
  #failures: { path: RegExp; effect: 'before' | 'after' }[] = [];
  #count = 0;

  private constructor() {
    this.#server = createServer(async (incoming, outgoing) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const isChange = incoming.method === 'POST';
      const key = isChange ? (incoming.headers['idempotency-key'] as string | undefined) : undefined;
      const parameters = `${url.pathname}?${text}`;
      const saved = key ? this.#saved.get(key) : undefined;
      let answer: Answer;
      if (incoming.headers.authorization !== `Bearer ${this.apiKey}`) {
        answer = {
          status: 401,
          body: { error: { type: 'invalid_request_error', message: 'Invalid API Key provided' } },
        };
      } else if (saved) {
        answer =
          saved.parameters === parameters
            ? saved
            : { status: 400, body: { error: { type: 'idempotency_error', message: 'Keys are for one request.' } } };
      } else {
        answer = this.#perform(incoming.method ?? 'GET', url, new URLSearchParams(text));
        if (key) this.#saved.set(key, { ...answer, parameters });
      }
      outgoing.writeHead(answer.status, {
        'content-type': 'application/json',
        'request-id': `req_${this.#next()}`,
        ...(saved && { 'idempotent-replayed': 'true' }),
      });
      outgoing.end(JSON.stringify(answer.body));
    });
  }

  static async start(): Promise<FakeStripe> {
    const fake = new FakeStripe();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Answers the next such change with 500, its effect not made or made, and saves that answer under its key. */
  failNext(path: RegExp, effect: 'before' | 'after'): void {
    this.#failures.push({ path, effect });
  }

  /** Drops what was saved for idempotency keys, as Stripe does after a day. */
  forgetKeys(): void {
    this.#saved.clear();
  }

  intentsOf(orderId: string): FakeIntent[] {
    return [...this.intents.values()].filter((intent) => intent.metadata.orderId === orderId);
  }

  /** Lets every pending refund of an order end. */
  settleRefunds(orderId: string, status: 'succeeded' | 'failed'): void {
    for (const { charge } of this.intentsOf(orderId)) {
      for (const refund of charge?.refunds ?? []) if (refund.status === 'pending') refund.status = status;
    }
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #perform(method: string, url: URL, form: URLSearchParams): Answer {
    const planned = method === 'POST' ? this.#failures.find(({ path }) => path.test(url.pathname)) : undefined;
    if (planned) this.#failures = this.#failures.filter((failure) => failure !== planned);
    const failure: Answer = { status: 500, body: { error: { type: 'api_error', message: 'An error occurred' } } };
    if (planned?.effect === 'before') return failure;
    try {
      const body = this.#route(method, url, form);
      return planned ? failure : { status: 200, body };
    } catch (error) {
      if (error instanceof Refusal) return planned ? failure : error.answer;
      throw error;
    }
  }

  #route(method: string, url: URL, form: URLSearchParams): Json {
    const parameters = method === 'GET' ? url.searchParams : form;
    const expand = [...parameters].filter(([name]) => name.startsWith('expand')).map(([, value]) => value);
    const [, , resource, id, action] = url.pathname.split('/');
    if (resource === 'refunds' && method === 'POST') return { ...this.#refund(form) };
    if (resource !== 'payment_intents') throw new Refusal(404, { type: 'invalid_request_error' });
    if (!id) return method === 'POST' ? shown(this.#create(form), expand) : this.#list(url.searchParams, expand);
    const intent = this.intents.get(id);
    if (!intent) throw new Refusal(404, { type: 'invalid_request_error', code: 'resource_missing', param: 'intent' });
    if (action === 'confirm') this.#confirm(intent, form);
    if (action === 'capture') capture(intent);
    if (action === 'cancel') this.#cancel(intent);
    return shown(intent, expand);
  }

  #create(form: URLSearchParams): FakeIntent {
    const amount = Number(form.get('amount'));
    if (amount < 50) {
      throw new Refusal(400, { type: 'invalid_request_error', code: 'amount_too_small', param: 'amount' });
    }
    const intent: FakeIntent = {
      id: `pi_${this.#next()}`,
      object: 'payment_intent',
      amount,
      amount_received: 0,
      amount_capturable: 0,
      currency: form.get('currency') ?? '',
      capture_method: form.get('capture_method') ?? 'automatic',
      created: Math.floor(Date.now() / 1000),
      livemode: this.livemode,
      metadata: Object.fromEntries(
        [...form].flatMap(([name, value]) => {
          const field = /^metadata\[(.+)\]$/.exec(name)?.[1];
          return field ? [[field, value]] : [];
        }),
      ),
      status: 'requires_payment_method',
      last_payment_error: null,
      charge: null,
      card: null,
    };
    this.intents.set(intent.id, intent);
    return intent;
  }

  #confirm(intent: FakeIntent, form: URLSearchParams): void {
    if (intent.status !== 'requires_payment_method') throw UNSUITABLE_STATE(intent);
    const card = form.get('payment_method') ?? '';
    const outcome = CARDS[card];
    if (!outcome || (intent.livemode && card.startsWith('pm_card_'))) {
      throw new Refusal(400, { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' });
    }
    const charge: Charge = {
      id: `ch_${this.#next()}`,
      object: 'charge',
      status: outcome === 'approved' ? 'succeeded' : 'failed',
      captured: false,
      refunds: [],
    };
    intent.charge = charge;
    intent.card = card;
    if (outcome !== 'approved') {
      intent.last_payment_error = outcome;
      throw new Refusal(402, outcome);
    }
    intent.last_payment_error = null;
    if (intent.capture_method === 'manual') {
      intent.status = 'requires_capture';
      intent.amount_capturable = intent.amount;
    } else {
      intent.status = 'succeeded';
      intent.amount_received = intent.amount;
      charge.captured = true;
    }
  }

  #cancel(intent: FakeIntent): void {
    if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_capture') {
      throw UNSUITABLE_STATE(intent);
    }
    // Stripe books the release of a hold as a refund of the charge that was never captured.
    if (intent.charge?.status === 'succeeded') {
      intent.charge.refunds.push(this.#newRefund(intent, 'succeeded'));
    }
    intent.status = 'canceled';
    intent.amount_capturable = 0;
  }

  #refund(form: URLSearchParams): Refund {
    const intent = this.intents.get(form.get('payment_intent') ?? '');
    if (!intent?.charge || intent.status !== 'succeeded') {
      throw new Refusal(400, { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_intent' });
    }
    if (intent.charge.refunds.some(({ status }) => status !== 'failed')) {
      throw new Refusal(400, { type: 'invalid_request_error', code: 'charge_already_refunded' });
    }
    const pending = intent.card === 'pm_card_pendingRefund' || intent.card === 'pm_card_refundFail';
    const refund = this.#newRefund(intent, pending ? 'pending' : 'succeeded');
    intent.charge.refunds.push(refund);
    return refund;
  }

  #newRefund(intent: FakeIntent, status: Refund['status']): Refund {
    return { id: `re_${this.#next()}`, object: 'refund', amount: intent.amount, payment_intent: intent.id, status };
  }

  #list(query: URLSearchParams, expand: string[]): Json {
    const newestFirst = [...this.intents.values()].reverse();
    const after = newestFirst.findIndex(({ id }) => id === query.get('starting_after'));
    const since = Number(query.get('created[gte]') ?? 0);
    const rest = newestFirst.slice(after + 1).filter(({ created }) => created >= since);
    const limit = Number(query.get('limit') ?? 10);
    const inside = expand.map((path) => path.replace(/^data\./, ''));
    return {
      object: 'list',
      data: rest.slice(0, limit).map((intent) => shown(intent, inside)),
      has_more: rest.length > limit,
    };
  }
}

function capture(intent: FakeIntent): void {
  if (intent.status !== 'requires_capture' || !intent.charge) throw UNSUITABLE_STATE(intent);
  intent.status = 'succeeded';
  intent.amount_received = intent.amount;
  intent.amount_capturable = 0;
  intent.charge.captured = true;
}

/** Nested objects are ids unless the caller asked to have them expanded, and a charge's refunds are left out. */
function shown({ charge, card: _, ...intent }: FakeIntent, expand: string[]): Json {
  if (!charge) return { ...intent, latest_charge: null };
  const { refunds, ...rest } = charge;
  if (expand.includes('latest_charge.refunds')) {
    const data = [...refunds].reverse();
    return { ...intent, latest_charge: { ...rest, refunds: { object: 'list', data, has_more: false } } };
  }
  return { ...intent, latest_charge: expand.includes('latest_charge') ? rest : charge.id };
}
