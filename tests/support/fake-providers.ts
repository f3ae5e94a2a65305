import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * How SES or SNS answers a call. With `lose-request` the connection breaks and nothing is taken; with `lose-answer` it
 * breaks after the message is taken. With `hang` nothing ever comes. A function decides when it sees the call's body.
 */
export type ProviderAnswer =
  | 'take'
  | 'lose-request'
  | 'lose-answer'
  | 'hang'
  | { status: number; error: string; message?: string }
  | ((body: string) => ProviderAnswer | Promise<ProviderAnswer>);

export interface TakenEmail {
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  configurationSet: string;
}

export interface TakenSms {
  phone: string;
  text: string;
}

/** SES v2 and the SMS part of SNS over real HTTP: it takes messages as they do, or answers as a test plans. */
export class FakeProviders {
  /** What was taken, also when its answer was lost. */
  readonly emails: TakenEmail[] = [];
  readonly sms: TakenSms[] = [];
  /** How many calls came, whatever became of them. */
  calls = 0;
  readonly #server: Server;
  #planned: ProviderAnswer[] = [];
  /** What a call gets that has no planned answer. */
  otherwise: ProviderAnswer = 'take';

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request).catch(() => '');
      this.calls += 1;
      let answer = this.#planned.shift() ?? this.otherwise;
      while (typeof answer === 'function') answer = await answer(body);
      const isEmail = request.url?.startsWith('/v2/email/') ?? false;
      if (answer === 'hang') return;
      if (answer === 'lose-request') return void request.socket.destroy();
      if (typeof answer === 'object') {
        const { status, error, message = error } = answer;
        if (isEmail) {
          response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error });
          return void response.end(JSON.stringify({ message }));
        }
        response.writeHead(status, { 'content-type': 'text/xml' });
        const type = status < 500 ? 'Sender' : 'Receiver';
        const parts = `<Type>${type}</Type><Code>${error}</Code><Message>${message}</Message>`;
        return void response.end(`<ErrorResponse><Error>${parts}</Error><RequestId>r</RequestId></ErrorResponse>`);
      }
      const id = isEmail ? this.#takeEmail(body) : this.#takeSms(body);
      if (answer === 'lose-answer') return void request.socket.destroy();
      if (isEmail) {
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ MessageId: id }));
      }
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<PublishResponse><PublishResult><MessageId>${id}</MessageId></PublishResult></PublishResponse>`);
    });
  }

  static async start(): Promise<FakeProviders> {
    const providers = new FakeProviders();
    await new Promise<void>((resolve) => providers.#server.listen(0, '127.0.0.1', resolve));
    return providers;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The answers to the next calls, in their order. */
  plan(...answers: ProviderAnswer[]): void {
    this.#planned.push(...answers);
  }

  /** Forgets plans and messages. */
  reset(): void {
    this.#planned = [];
    this.otherwise = 'take';
    this.emails.length = 0;
    this.sms.length = 0;
    this.calls = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #takeEmail(body: string): string {
    const { Destination, FromEmailAddress, ConfigurationSetName, Content } = JSON.parse(body);
    const { Subject, Body } = Content.Simple;
    this.emails.push({
      to: Destination.ToAddresses.join(),
      from: FromEmailAddress,
      subject: Subject.Data,
      text: Body.Text.Data,
      html: Body.Html.Data,
      configurationSet: ConfigurationSetName,
    });
    return `fake-${randomUUID()}`;
  }

  #takeSms(body: string): string {
    const fields = new URLSearchParams(body);
    this.sms.push({ phone: fields.get('PhoneNumber') ?? '', text: fields.get('Message') ?? '' });
    return `fake-${randomUUID()}`;
  }
}
