import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import packet from 'dns-packet';

/** What a name is answered with: records, an error code, or nothing at all. */
export interface Zone {
  readonly answers?: readonly packet.Answer[];
  readonly code?: keyof typeof codes;
  readonly silent?: boolean;
  /** Over UDP the answer is cut off; `alone`: and over TCP nothing is said. */
  readonly truncated?: boolean | 'alone';
  /** What is sent in place of an answer over UDP. */
  readonly spoil?: (answer: Buffer) => readonly Buffer[];
  /** Milliseconds until an answer over UDP is sent. */
  readonly late?: number;
}

/** A DNS server on the loopback address; a name that it does not have is NXDOMAIN. */
export interface DnsServer {
  /** `ADDRESS:PORT`. */
  readonly address: string;
  /** What is asked for from now on, by name. */
  readonly zones: Map<string, Zone>;
  /** What was asked for, as `udp A name`. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const codes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const truncated = 0x200;

function codeOf(zone: Zone = { code: 'NXDOMAIN' }): number {
  return zone.code === undefined ? 0 : codes[zone.code];
}

export async function startDnsServer(): Promise<DnsServer> {
  const zones = new Map<string, Zone>();
  const asked: string[] = [];
  const connections = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const zoneOf = ({ questions = [] }: packet.Packet) => zones.get(questions[0]?.name ?? '');
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    let taken = Buffer.alloc(0);
    socket.on('data', (part) => {
      taken = Buffer.concat([taken, part]);
      while (taken.length >= 2 && taken.length >= 2 + taken.readUInt16BE()) {
        const end = 2 + taken.readUInt16BE();
        const reply = answer('tcp', packet.decode(taken.subarray(2, end)));
        taken = taken.subarray(end);
        if (reply !== undefined) socket.write(packet.streamEncode(reply));
      }
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4', (message, { port: from, address }) => {
    const reply = answer('udp', packet.decode(message));
    if (reply === undefined) return;
    const { spoil = (bytes: Buffer) => [bytes], late = 0 } = zoneOf(reply) ?? {};
    const send = () => {
      for (const each of spoil(packet.encode(reply))) udp.send(each, from, address);
    };
    if (late === 0) send();
    else timers.add(setTimeout(send, late));
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));

  function answer(over: 'udp' | 'tcp', query: packet.Packet): packet.Packet | undefined {
    const { questions = [] } = query;
    const [{ name, type } = { name: '', type: 'A' }] = questions;
    asked.push(`${over} ${type} ${name}`);
    const zone = zoneOf(query);
    if (zone?.silent === true || (over === 'tcp' && zone?.truncated === 'alone')) return undefined;
    const cut = over === 'udp' && zone?.truncated !== undefined;
    const usual = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE;
    const wanted = (zone?.answers ?? []).filter(
      (each) => each.type === type || each.type === 'CNAME',
    );
    return {
      ...{ type: 'response', questions, answers: cut ? [] : wanted },
      ...(query.id !== undefined && { id: query.id }),
      flags: usual | codeOf(zone) | (cut ? truncated : 0),
    };
  }

  return {
    ...{ zones, asked, address: `127.0.0.1:${port}` },
    stop: async () => {
      for (const socket of connections) socket.destroy();
      for (const timer of timers) clearTimeout(timer);
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** A and AAAA records of a name. */
export function addresses(name: string, ttl: number, ...data: readonly string[]): packet.Answer[] {
  return data.map((each) => ({ type: each.includes(':') ? 'AAAA' : 'A', name, ttl, data: each }));
}
