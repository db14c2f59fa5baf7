import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, type Server, request as send } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { issueCertificate } from '../../src/kube/fixtures/certificate.ts';
import { resourceOfPath } from '../../src/kube/resources.ts';
import { answerStatus, forwardAll, forwardHalf, type Reply } from './fault-answers.ts';
import { ProxiedStream } from './fault-stream.ts';
import { type Fault, noFaults, type Script, type SeenCall, type StreamEnd } from './faults.ts';

/** The server behind the proxy. */
export interface Upstream {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
}

/**
 * Stands between the operator and a real API server, ends TLS with a certificate of its own, and
 * does to each call what the script says; without a script it only passes on. Who asks is not its
 * affair: the token goes through.
 */
export class FaultProxy {
  readonly ca: string;
  readonly calls: SeenCall[] = [];
  /** What went wrong so far, and how often. */
  readonly faults = new Map<string, number>();
  script: Script = noFaults;
  /** Lists are asked for in pages of so many at most. */
  pageSize: number | undefined;
  readonly #upstream: Upstream;
  readonly #agent: Agent;
  readonly #server: Server;
  /** Below TLS, which cannot reset a connection; by the port at the other end. */
  readonly #sockets = new Map<number | undefined, Socket>();
  readonly #streams = new Set<ProxiedStream>();
  #port = 0;

  static async start(upstream: Upstream): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    await proxy.accept();
    return proxy;
  }

  private constructor(upstream: Upstream) {
    const identity = issueCertificate('fault-proxy');
    this.ca = identity.cert;
    this.#upstream = upstream;
    this.#agent = new Agent({ keepAlive: true, ca: upstream.ca });
    this.#server = createServer(
      identity,
      (request, response) => void this.#take(request, response),
    );
    this.#server.on('connection', (socket: Socket) => {
      const { remotePort } = socket;
      this.#sockets.set(remotePort, socket);
      socket.on('close', () => this.#sockets.delete(remotePort));
      socket.on('error', () => {});
    });
    this.#server.on('secureConnection', (socket) => socket.on('error', () => {}));
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Watches that are open now. */
  get streams(): number {
    return this.#streams.size;
  }

  /** An outage: every connection is reset, and none is accepted. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
    await closed;
  }

  /** The outage is over; the port stays the same. */
  async accept(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends the streams that are open now and have not been told to stay silent. */
  breakStreams(end: () => StreamEnd): void {
    for (const stream of this.#streams) this.#break(stream, end());
  }

  #break(stream: ProxiedStream, end: StreamEnd): void {
    stream.break(end);
    this.#count(end);
  }

  #count(what: string): void {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
  }

  /** Writes a kubeconfig for the proxy: with a token, or with the file that holds it. */
  async writeKubeconfig(file: string, user: { token: string } | { tokenFile: string }) {
    const authority = Buffer.from(this.ca).toString('base64');
    const config = {
      clusters: [
        { name: 'proxy', cluster: { server: this.url, 'certificate-authority-data': authority } },
      ],
      users: [{ name: 'operator', user }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'operator' } }],
      'current-context': 'proxy',
    };
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse();
    this.#agent.destroy();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = seen(request);
    this.calls.push(call);
    const { remotePort } = request.socket;
    const reply = { response, reset: () => this.#sockets.get(remotePort)?.resetAndDestroy() };
    // Whatever breaks between us and either side is one more fault, and the operator's affair.
    response.on('error', () => {});
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await this.#answer(call, request, Buffer.concat(chunks), reply);
    } catch {
      response.destroy();
    }
  }

  async #answer(
    call: SeenCall,
    request: IncomingMessage,
    body: Buffer,
    reply: Reply,
  ): Promise<void> {
    const fault = this.script(call);
    if (fault !== undefined) this.#count(fault.kind);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return reply.reset();
    if (fault?.kind === 'answer') return answerStatus(reply, fault);
    if (fault?.kind === 'delay') await passing(fault.milliseconds);
    const answer = await this.#ask(call, request, body, reply);
    if (call.isWatch && answer.statusCode === 200) return this.#stream(answer, reply, fault);
    if (fault?.kind === 'truncate') return forwardHalf(answer, reply, fault.end);
    if (fault?.kind !== 'lose') return forwardAll(answer, reply);
    answer.resume();
    await once(answer, 'end');
    await passing(fault.after ?? 0);
    reply.reset();
  }

  async #stream(answer: IncomingMessage, reply: Reply, fault: Fault | undefined) {
    const stream = new ProxiedStream(reply);
    this.#streams.add(stream);
    try {
      await stream.forward(answer, fault?.kind === 'stream' ? fault : undefined);
    } finally {
      this.#streams.delete(stream);
    }
  }

  /** Passes the call on, and gives the call up when who asked does. */
  async #ask(
    { path, query, isList }: SeenCall,
    { method, headers }: IncomingMessage,
    body: Buffer,
    { response }: Reply,
  ): Promise<IncomingMessage> {
    const limit = Number(query.get('limit') ?? 0);
    if (isList && this.pageSize !== undefined && limit > this.pageSize) {
      query.set('limit', `${this.pageSize}`);
    }
    const target = new URL(`${path}?${query}`, this.#upstream.server);
    const options = { method, headers: { ...headers, host: target.host }, agent: this.#agent };
    const outgoing = send(target, options);
    const gone = () => outgoing.destroy();
    response.on('close', gone);
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.on('error', () => response.destroy());
    return answer;
  }
}

function seen({ method = '', url = '', headers }: IncomingMessage): SeenCall {
  const { pathname: path, searchParams: query } = new URL(url, 'https://proxy');
  const { resource, named } = resourceOfPath(path);
  const isWatch = query.get('watch') === 'true';
  const token = (headers.authorization ?? '').replace(/^Bearer /, '');
  const isList = method === 'GET' && !named && !isWatch;
  return { at: performance.now(), method, path, query, resource, isWatch, isList, token };
}

function passing(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
