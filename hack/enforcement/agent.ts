import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Protocol } from '../../src/core/model/policy.ts';

/** How one connection, or one look-up of a name, ended. */
export interface Outcome {
  /**
   * `refused`: the packet came through, and nobody listens. `dropped`: no answer in time. `failed`:
   * see `why`.
   */
  readonly ended: 'open' | 'refused' | 'dropped' | 'failed';
  /** Who answered, as the pod was named. */
  readonly by?: string;
  readonly why?: string;
  /** Of a name. */
  readonly addresses?: readonly string[];
  readonly milliseconds?: number;
}

export interface PodPlace {
  /** `namespace/name`. */
  readonly pod: string;
  /** The node's end of its link. */
  readonly veth: string;
  readonly addresses: readonly string[];
  /** Whether the node's routes to the addresses are to be made; some engines make them. */
  readonly routed: boolean;
}

export interface Dial {
  readonly from: string;
  /** Which of its addresses it dials from; undefined: whichever the kernel takes. */
  readonly source?: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Exclude<Protocol, 'SCTP'>;
  /** The longest wait. */
  readonly milliseconds: number;
}

/** No call takes so long (milliseconds): of many dials at once each waits for those before it. */
const longestCall = 30_000;

type Reply = Partial<Outcome> & { readonly id: number; readonly error?: string };

/**
 * The network of all pods, in one process (see agent/main.go). Whatever it made is gone when it is. A
 * call that cannot be done, or whose agent ended, rejects with a sentence.
 */
export class Agent {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #ended: Promise<unknown>;
  readonly #longest: number;
  #calls = 0;
  #said = '';

  constructor(binary: string, longest = longestCall) {
    this.#longest = longest;
    this.#child = spawn(binary, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close').catch((error: unknown) => this.#fail(String(error)));
    this.#child.once('close', () => this.#fail(`the agent ended: ${this.#said.trim()}`));
    this.#child.once('error', (error) => this.#fail(`the agent did not start: ${error.message}`));
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    if (this.#child.stdout === null) throw new TypeError('the agent has no stdout');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      this.#waiting.get(reply.id)?.(reply);
    });
  }

  async addPod(place: PodPlace): Promise<void> {
    await this.#call({ do: 'pod', ...place });
  }

  /** A network behind the node; addresses with their prefixes, of the node (`gateways`) and its own. */
  async addOutside(
    pod: string,
    veth: string,
    gateways: readonly string[],
    addresses: readonly string[],
  ): Promise<void> {
    await this.#call({ do: 'outside', pod, veth, gateways, addresses });
  }

  async removePod(pod: string): Promise<void> {
    await this.#call({ do: 'remove', pod });
  }

  /** Answers there with the pod's name, on each of its addresses. */
  async listen(pod: string, protocol: Dial['protocol'], port: number): Promise<void> {
    await this.#call({ do: 'listen', pod, protocol: protocol.toLowerCase(), port });
  }

  /** Answers DNS questions there, on port 53 of UDP, from `setNames`. */
  async serveNames(pod: string): Promise<void> {
    await this.#call({ do: 'dns', pod });
  }

  /** Addresses by name, without the last dot; replaces all that were known. */
  async setNames(names: Readonly<Record<string, readonly string[]>>): Promise<void> {
    await this.#call({ do: 'names', names });
  }

  /** Opens a new connection, or sends a datagram, and waits for who answers. */
  dial({ from, protocol, ...rest }: Dial): Promise<Outcome> {
    return this.#ask({ do: 'dial', pod: from, protocol: protocol.toLowerCase(), ...rest });
  }

  /** Asks a DNS server for the addresses of a name. */
  resolve(from: string, server: string, name: string, milliseconds: number): Promise<Outcome> {
    return this.#ask({ do: 'resolve', pod: from, address: server, name, milliseconds });
  }

  /** Sends it a signal: to a hung agent nobody listens. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it; resolves when it is gone, and the network with it. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  async #ask(request: object): Promise<Outcome> {
    const { ended, ...reply } = await this.#call(request);
    if (ended === undefined) throw new TypeError('the agent answered without an outcome');
    return { ...reply, ended };
  }

  #call(request: object): Promise<Reply> {
    const id = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const hung = `the agent has not answered for ${this.#longest / 1000} s`;
    const timer = setTimeout(() => this.#waiting.get(id)?.({ id, error: hung }), this.#longest);
    this.#waiting.set(id, (reply) => {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (reply.error === undefined) resolve(reply);
      else reject(new Error(reply.error));
    });
    this.#child.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
    return promise;
  }

  #fail(error: string): void {
    for (const [id, answer] of this.#waiting) answer({ id, error });
  }
}
