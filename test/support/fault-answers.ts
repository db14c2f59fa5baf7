import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';

/** Where an answer goes. */
export interface Reply {
  readonly response: ServerResponse;
  /** The connection is gone at once, without a goodbye. */
  reset(): void;
}

/** Answers as the API server, or a load balancer before it, does when it is in trouble. */
export function answerStatus(
  { response }: Reply,
  { status, retryAfter, inBody = false }: Extract<Fault, { kind: 'answer' }>,
): void {
  const header = retryAfter !== undefined && !inBody;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(header && { 'retry-after': `${retryAfter}` }),
  });
  response.end(JSON.stringify(failure(status, retryAfter)));
}

/** Passes an answer on as it is. */
export async function forwardAll(answer: IncomingMessage, { response }: Reply): Promise<void> {
  begin(answer, response);
  for await (const chunk of answer) response.write(chunk);
  response.end();
}

/** Passes on half of what an answer holds. With an end in good order it looks complete to HTTP. */
export async function forwardHalf(
  answer: IncomingMessage,
  { response, reset }: Reply,
  end: 'reset' | 'end',
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const whole = Buffer.concat(chunks);
  begin(answer, response);
  response.write(whole.subarray(0, Math.floor(whole.length / 2)));
  if (end === 'end') response.end();
  else response.write('\n', reset);
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A Status as the API server sends it. */
export function failure(code: number, retryAfterSeconds?: number) {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  const message = 'the fault proxy says so';
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
  return { ...status, ...details, reason: reasons[code] };
}

/** The head of an answer; length and encoding are those of what we send. */
export function begin(answer: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, rest);
}
