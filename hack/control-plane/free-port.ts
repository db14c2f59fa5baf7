import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nobody has at this moment. Somebody may take it before its user does, so
 * whoever uses it must be ready to see that its address is in use, and ask again.
 */
export function pickFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
