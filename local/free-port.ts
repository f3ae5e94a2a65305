import { createServer } from 'node:net';

/** A port that nothing uses now: the preferred one if that is free. */
export function freePort(preferred = 0): Promise<number> {
  return new Promise((found, reject) => {
    const server = createServer();
    server.on('error', (error) => (preferred === 0 ? reject(error) : found(freePort())));
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
