import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import packet from 'dns-packet';

/** What a name is answered with: records, an error code, nothing at all, or an answer that is cut off in UDP. */
export interface Zone {
  readonly answers?: readonly packet.Answer[];
  readonly code?: 'SERVFAIL' | 'REFUSED';
  readonly silent?: boolean;
  readonly truncated?: boolean;
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

export async function startDnsServer(): Promise<DnsServer> {
  const zones = new Map<string, Zone>();
  const asked: string[] = [];
  const connections = new Set<Socket>();
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
    if (reply !== undefined) udp.send(packet.encode(reply), from, address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));

  function answer(over: 'udp' | 'tcp', query: packet.Packet): packet.Packet | undefined {
    const { questions = [] } = query;
    const [{ name, type } = { name: '', type: 'A' }] = questions;
    asked.push(`${over} ${type} ${name}`);
    const zone = zones.get(name);
    if (zone?.silent === true) return undefined;
    const code =
      zone === undefined ? codes.NXDOMAIN : zone.code === undefined ? 0 : codes[zone.code];
    const cut = over === 'udp' && zone?.truncated === true;
    const usual = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE;
    const wanted = (zone?.answers ?? []).filter(
      (each) => each.type === type || each.type === 'CNAME',
    );
    return {
      ...{ type: 'response', questions, answers: cut ? [] : wanted },
      ...(query.id !== undefined && { id: query.id }),
      flags: usual | code | (cut ? truncated : 0),
    };
  }

  return {
    ...{ zones, asked, address: `127.0.0.1:${port}` },
    stop: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** A and AAAA records of a name. */
export function addresses(name: string, ttl: number, ...data: readonly string[]): packet.Answer[] {
  return data.map((each) => ({ type: each.includes(':') ? 'AAAA' : 'A', name, ttl, data: each }));
}
