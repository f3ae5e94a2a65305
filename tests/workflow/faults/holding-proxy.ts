import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Stands between a function and DynamoDB, and holds requests back as a slow network does. They arrive later. */
export interface HoldingProxy {
  url: string;
  /** From now on requests whose body contains this text are held. */
  hold(text: string): void;
  /** Resolves when such a request is held. */
  held(text: string): Promise<void>;
  /** Lets all of them, also those to come, go on, and resolves when those that were held have been answered. */
  release(text: string): Promise<void>;
  close(): void;
}

export async function openHoldingProxy(): Promise<HoldingProxy> {
  const target = new URL(stack.endpoint ?? '');
  const waiting = new Map<string, (() => Promise<void>)[]>();

  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const goOn = () =>
      new Promise<void>((done) => {
        const onward = request(
          {
            host: target.hostname,
            port: target.port,
            method: incoming.method,
            path: incoming.url,
            headers: incoming.headers,
          },
          (answer) => {
            // The function may have timed out long ago.
            outgoing.on('error', () => undefined);
            if (!outgoing.destroyed) outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.on('data', (chunk) => outgoing.destroyed || outgoing.write(chunk));
            answer.on('end', () => {
              outgoing.end();
              done();
            });
          },
        );
        onward.on('error', () => {
          outgoing.destroy();
          done();
        });
        onward.end(body);
      });
    const text = [...waiting.keys()].find((one) => body.includes(one));
    if (text === undefined) await goOn();
    else waiting.get(text)?.push(goOn);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (text) => void waiting.set(text, []),
    async held(text) {
      await waitFor(`a request with ${text}`, async () => (waiting.get(text)?.length ?? 0) > 0, { seconds: 90 });
    },
    async release(text) {
      const requests = waiting.get(text) ?? [];
      waiting.delete(text);
      for (const goOn of requests) await goOn();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
