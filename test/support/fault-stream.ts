import type { IncomingMessage } from 'node:http';
import { begin, failure, type Reply } from './fault-answers.ts';
import type { Fault, StreamEnd } from './faults.ts';

/** An event of which half is sent where no real one is at hand. */
const someEvent = Buffer.from('{"type":"MODIFIED","object":{}}\n');

/** A watch that the proxy passes on, and how it ends. */
export class ProxiedStream {
  readonly #reply: Reply;
  /** The connection stays open and nothing comes any more. */
  #silent = false;

  constructor(reply: Reply) {
    this.#reply = reply;
  }

  /** Resolves when the server has ended the stream, or is not listened to any more. */
  async forward(
    answer: IncomingMessage,
    plan: Extract<Fault, { kind: 'stream' }> | undefined,
  ): Promise<void> {
    const { response } = this.#reply;
    begin(answer, response);
    response.flushHeaders();
    let passed = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (passed === plan?.chunks) this.break(plan.end, chunk);
      else this.#write(chunk);
      passed += 1;
    }
    if (!this.#silent) response.end();
  }

  /** `next` is what the stream would have brought. */
  break(end: StreamEnd, next: Buffer = someEvent): void {
    const { response } = this.#reply;
    switch (end) {
      case 'reset':
        this.#reply.reset();
        return;
      case 'end':
        response.end();
        return;
      case 'mid-line':
        response.end(next.subarray(0, Math.floor(next.length / 2)));
        return;
      case 'expired':
        response.end(`${JSON.stringify({ type: 'ERROR', object: failure(410) })}\n`);
        return;
      case 'silence':
        this.#silent = true;
    }
  }

  #write(chunk: Buffer): void {
    const { response } = this.#reply;
    if (!this.#silent && response.writable) response.write(chunk);
  }
}
