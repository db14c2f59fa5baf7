import { type BadResource, entry, talksTo, toBlock, toCart } from './resources.ts';

const notCanonical =
  'this block is not in canonical form: no bits behind the prefix, IPv6 in lower case and shortened';
const noBlock =
  'this is not a block of addresses; write one such as 203.0.113.0/24 or 2001:db8::/32';
const mapped = 'this is IPv4 written as IPv6; write it as IPv4, such as 203.0.113.0/24';
const corrected = [
  ['203.0.113.7/24', '203.0.113.0/24', notCanonical],
  ['2001:DB8::/32', '2001:db8::/32', notCanonical],
  ['2001:db8:0::/48', '2001:db8::/48', notCanonical],
  ['2001:db8:0:0:1:0:0:0/80', '2001:db8:0:0:1::/80', notCanonical],
  ['010.0.0.0/8', '10.0.0.0/8', noBlock],
  ['10.0.0.0/08', '10.0.0.0/8', noBlock],
] as const;
export const blocks: readonly BadResource[] = [
  ...corrected.map(([block, right, server]) => ({
    wrong: `the block ${block}`,
    spec: toBlock(block),
    server: `spec.talksTo[0].cidr.block: Invalid value: "${block}": ${server}`,
    ours: [`${entry}.cidr.block`, `"${block}" is not in canonical form; write ${right}`] as const,
  })),
  ...['office', '10.0.0.0/33', 'fe80::1%eth0/64', '', '１０.0.0.0/8', '10.0.0.0/'].map((block) => ({
    wrong: `the block "${block}"`,
    spec: toBlock(block),
    ours: [`${entry}.cidr.block`, noBlock] as const,
  })),
  ...['::ffff:203.0.113.0/120', '::ffff:cb00:7100/120'].map((block) => ({
    wrong: `the block ${block}`,
    spec: toBlock(block),
    ours: [`${entry}.cidr.block`, mapped] as const,
  })),
  ...['203.0.113.7', '2001:db8::1'].map((block) => ({
    wrong: `the address ${block}`,
    spec: toBlock(block),
    server: `"${block}": this is an address; a block has /32 behind it, or /128 for IPv6`,
    ours: [`${entry}.cidr.block`, `"${block}" is an address; write the block ${block}/`] as const,
  })),
  ...['198.51.100.0/25', '203.0.113.0/24', '203.0.0.0/16', '2001:db8::/33'].map((except) => ({
    wrong: `except ${except} of 203.0.113.0/24`,
    spec: toBlock('203.0.113.0/24', except),
    ours: [
      `${entry}.cidr.except`,
      `${except} is not a smaller block inside 203.0.113.0/24`,
    ] as const,
  })),
  {
    wrong: 'an except that is not in canonical form',
    spec: toBlock('203.0.113.0/24', '203.0.113.0/25', '203.0.113.9/25'),
    server: `spec.talksTo[0].cidr.except[1]: Invalid value: "203.0.113.9/25": ${notCanonical}`,
    ours: [
      `${entry}.cidr.except[1]`,
      '"203.0.113.9/25" is not in canonical form; write 203.0.113.0/25',
    ],
  },
  {
    wrong: 'an empty except',
    spec: talksTo({ cidr: { block: '203.0.113.0/24', except: [] } }),
    ours: [`${entry}.cidr.except`, 'except is empty; list a block, or leave it out'],
  },
];

const port = `${entry}.ports[0].port`;
const endPort = `${entry}.ports[0].endPort`;
const portName =
  'a port name has lower-case letters, digits and single "-" between them, with at least one letter; a port number goes without quotes';
export const ports: readonly BadResource[] = [
  ...[0, -1].map((number) => ({
    wrong: `port ${number}`,
    spec: toCart({ port: number }),
    server: `${port} in body should be greater than or equal to 1`,
    ours: [port, `it must be at least 1; this is ${number}`] as const,
  })),
  ...[65536, 70000].map((number) => ({
    wrong: `port ${number}`,
    spec: toCart({ port: number }),
    server: `${port} in body should be less than or equal to 65535`,
    ours: [port, `it must be at most 65535; this is ${number}`] as const,
  })),
  ...[true, 1.5].map((value) => ({
    wrong: `port ${value}`,
    spec: toCart({ port: value }),
    server: `${port} in body must be of type integer,string`,
    ours: [port, 'a port is a number from 1 to 65535, or the name of a port'] as const,
  })),
  ...['HTTP', '80', 'a--b', '-http', 'http_alt', 'härt'].map((name) => ({
    wrong: `the port name "${name}"`,
    spec: toCart({ port: name }),
    server: `${port} in body should match '^([0-9]+-)*[0-9]*[a-z]`,
    ours: [port, portName] as const,
  })),
  {
    wrong: 'a port name of 16 characters',
    spec: toCart({ port: 'a-very-long-name' }),
    server: `${port}: Too long: may not be more than 15 bytes`,
    ours: [port, 'it must be at most 15 characters; this is 16'],
  },
  {
    wrong: 'endPort with a name',
    spec: toCart({ port: 'http', endPort: 90 }),
    ours: [endPort, 'endPort goes only with a port number; a name stands for one port'],
  },
  {
    wrong: 'endPort below port',
    spec: toCart({ port: 90, endPort: 80 }),
    ours: [endPort, 'endPort is smaller than port; a range goes from the smaller to the larger'],
  },
  {
    wrong: 'endPort 70000',
    spec: toCart({ port: 80, endPort: 70000 }),
    server: `${endPort} in body should be less than or equal to 65535`,
    ours: [endPort, 'it must be at most 65535; this is 70000'],
  },
  {
    wrong: 'a protocol in lower case',
    spec: toCart({ port: 80, protocol: 'tcp' }),
    server: 'ports[0].protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP"',
    ours: [`${entry}.ports[0].protocol`, '"tcp" is not one of TCP, UDP, SCTP; did you mean TCP?'],
  },
  {
    wrong: 'an empty list of ports',
    spec: toCart(),
    ours: [
      `${entry}.ports`,
      'ports is empty; list a port, or leave it out to mean every declared port',
    ],
  },
  {
    wrong: '33 ports',
    spec: toCart(...Array.from({ length: 33 }, (_, index) => ({ port: index + 1 }))),
    server: 'spec.talksTo[0].ports: Too many: 33: must have at most 32 items',
    ours: [`${entry}.ports`, 'it must be at most 32 entries; this is 33'],
  },
  ...[{ cidr: { block: '203.0.113.0/24' } }, { entity: 'Internet' }].map((party) => ({
    wrong: `a port name for ${JSON.stringify(party)}`,
    spec: talksTo({ ...party, ports: [{ port: 'http' }] }),
    ours: [
      `${entry}.ports`,
      'only pods have port names; for addresses write the number of the port',
    ] as const,
  })),
];
