import { type ClientRequest, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The status that was sent back, absent when nothing was. */
  status?: number;
}

/**
 * What becomes of a call: the request is lost on its way, its answer breaks off before the body, the answer never
 * comes, it trickles in without end, or something else answers in the server's place.
 */
export type Fault =
  | 'lose-request'
  | 'lose-answer'
  | 'hang'
  | 'trickle'
  | { status: number; body: unknown; headers?: object };

interface PlannedFault {
  method: string;
  path: RegExp;
  fault: Fault;
  times: number;
}

/** Stands between a client and a server on this machine. It records every request, and spoils those that a test names. */
export class RecordingProxy {
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  #faults: PlannedFault[] = [];
  readonly #target: number;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const record: RecordedRequest = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: body.toString(),
      };
      this.requests.push(record);
      const fault = this.#take(record);
      if (fault === 'lose-request') return void incoming.socket.destroy();
      if (typeof fault === 'object') {
        record.status = fault.status;
        outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
        return void outgoing.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body));
      }
      const onward: ClientRequest = request(
        { port: this.#target, host: '127.0.0.1', method: record.method, path: record.path, headers: incoming.headers },
        async (answer) => {
          const parts: Buffer[] = [];
          for await (const part of answer) parts.push(part as Buffer);
          if (fault === 'hang') return;
          const { 'content-length': _, ...trickling } = answer.headers;
          outgoing.writeHead(answer.statusCode ?? 0, fault === 'trickle' ? trickling : answer.headers);
          if (fault === 'trickle') {
            const drops = setInterval(() => outgoing.write(' '), 50);
            return void outgoing.once('close', () => clearInterval(drops));
          }
          if (fault === 'lose-answer') {
            outgoing.flushHeaders();
            return void incoming.socket.destroySoon();
          }
          record.status = answer.statusCode ?? 0;
          outgoing.end(Buffer.concat(parts));
        },
      );
      onward.on('error', () => incoming.socket.destroy());
      onward.end(body);
    });
  }

  static async before(port: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Spoils the next `times` requests of this kind. */
  spoil(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ method, path, fault, times });
  }

  /** How many planned spoilings have not happened yet. A test should see 0, or its fault was never tried. */
  get spoilingsLeft(): number {
    return this.#faults.reduce((sum, { times }) => sum + times, 0);
  }

  /** Forgets planned faults and recorded requests. */
  reset(): void {
    this.#faults = [];
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take({ method, path }: RecordedRequest): Fault | undefined {
    const planned = this.#faults.find((f) => f.times > 0 && f.method === method && f.path.test(path));
    if (planned) planned.times -= 1;
    return planned?.fault;
  }
}
