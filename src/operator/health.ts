import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorText } from '../error-text.ts';

/** What the health server answers with. */
export interface HealthSource {
  /** The reasons why the operator is not ready; none means ready. */
  notReady(): readonly string[];
  /** Metrics in the Prometheus text format. */
  metrics(): Promise<string>;
}

/** Listens until it is closed. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (the process turns its event loop), `/readyz` (every kind has been seen; else
 * 503 and which are missing) and `/metrics`. Port 0 takes a free one. Rejects when the port is
 * taken.
 */
export async function serveHealth(source: HealthSource, port: number): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void answer(source, request, response);
  });
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  source: HealthSource,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = url.split('?');
  if (path === '/healthz') end(response, 200, 'ok\n');
  else if (path === '/readyz') {
    const reasons = source.notReady();
    if (reasons.length === 0) end(response, 200, 'ok\n');
    else end(response, 503, reasons.map((reason) => `${reason}\n`).join(''));
  } else if (path === '/metrics') await answerMetrics(source, response);
  else end(response, 404, 'there are /healthz, /readyz and /metrics\n');
}

async function answerMetrics(source: HealthSource, response: ServerResponse): Promise<void> {
  try {
    end(response, 200, await source.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
  } catch (error) {
    end(response, 500, `${errorText(error)}\n`);
  }
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}
