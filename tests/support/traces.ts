import { createSocket } from 'node:dgram';
import { stack } from './stack.ts';

/** Every trace segment that functions send while it is open. */
export interface Traces {
  /** What came so far, as it was sent. */
  segments(): string[];
  close(): Promise<void>;
}

/**
 * Stands where the local cloud tells functions that the daemon of X-Ray is: the UDP port of its endpoint. Only one
 * can be open at a time.
 *
 * @throws Error when the stack is not the local cloud, or the port is in use
 */
export async function catchTraces(): Promise<Traces> {
  const { hostname, port } = new URL(stack.endpoint ?? '');
  const received: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => received.push(message.toString('utf8')));
  await new Promise<void>((bound, failed) => {
    socket.once('error', failed);
    socket.bind(Number(port), hostname, () => bound());
  });
  return {
    segments: () => received,
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
}
