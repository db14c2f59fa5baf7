import { z } from 'zod';
import { contains, prefixLength, readRange } from '../model/range.ts';
import { quote } from './explain.ts';
import { type Rule, refuseEmpty, refuseNulls, withRules } from './rule.ts';

/*
 * The fields that several places of the AppConnectivity resource share. Every string, list and map
 * is bounded, or the API server refuses the CEL rules for their estimated cost.
 */

const name = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelName = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';

function matching(pattern: string, message: string): Rule<string> {
  const expression = new RegExp(pattern);
  return {
    cel: `self.matches('${pattern}')`,
    holds: (text) => expression.test(text),
    message,
  };
}

/** The name of an object: a DNS-1123 subdomain. */
export const objectName = withRules(
  z.string().max(253),
  matching(
    `^${name}([.]${name})*$`,
    'a name has lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit',
  ),
);

/** The name of a namespace: a DNS-1123 label. */
export const namespaceName = withRules(
  z.string().max(63),
  matching(
    `^${name}$`,
    'a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
  ),
);

/** Which kinds are supported is not a matter of the schema: later versions know more of them. */
export const kindName = withRules(
  z.string().max(63),
  matching(
    '^[A-Z][A-Za-z0-9]*$',
    'a kind is written as in its manifest, such as Deployment, StatefulSet or DaemonSet',
  ),
);

/** A DNS name outside the cluster. */
export const hostName = withRules(
  z.string().max(253),
  matching(
    `^${name}([.]${name})+$`,
    'a host is a DNS name in lower case with a dot in it, without scheme, port or path, such as api.stripe.com',
  ),
  {
    cel: '!isIP(self)',
    holds: (text) => typeof readRange(text) !== 'string',
    message: 'this is an address, not a DNS name; write it as cidr: {block: …}',
  },
);

// Patterns, not rules, where CEL would cost too much: keys and values come in the ten thousands.
export const labelKey = z
  .string()
  .max(317)
  .regex(new RegExp(`^(${name}([.]${name})*/)?${labelName}$`), {
    error: 'a label key is a name such as app, with an optional prefix as in example.com/app',
  });

export const labelValue = z
  .string()
  .max(63)
  .regex(new RegExp(`^(${labelName})?$`), {
    error:
      'a label value has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
  });

/** Beyond what a pattern can say: a policy with such a key would be refused, with all else in it. */
const mostOfPrefix = 253;
const prefixMessage = `the prefix of a label key has at most ${mostOfPrefix} characters`;
const hasShortPrefix = (key: string) => key.indexOf('/') <= mostOfPrefix;

const requirement = withRules(
  z.strictObject({
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(labelValue).max(32).optional(),
  }),
  {
    cel: "self.operator in ['In', 'NotIn'] == (has(self.values) && size(self.values) > 0)",
    holds: ({ operator, values = [] }) =>
      (operator === 'In' || operator === 'NotIn') === values.length > 0,
    message: 'In and NotIn need at least one of values; Exists and DoesNotExist take none',
    field: 'values',
  },
  {
    cel: `self.key.indexOf('/') <= ${mostOfPrefix}`,
    holds: ({ key }) => hasShortPrefix(key),
    message: prefixMessage,
    field: 'key',
  },
);

const matchLabels = withRules(
  z.record(labelKey, labelValue).meta({ maxProperties: 32 }),
  {
    cel: 'size(self) <= 32 && self.all(key, size(key) <= 317)',
    holds: (labels) => Object.keys(labels).length <= 32,
    message: 'at most 32 labels, each key at most 317 characters',
  },
  {
    cel: `size(self) > 32 || self.all(key, key.indexOf('/') <= ${mostOfPrefix})`,
    holds: (labels) => Object.keys(labels).every(hasShortPrefix),
    message: prefixMessage,
  },
);

/** A label selector (meta/v1), perhaps one that matches everything. */
export const anySelector = z.strictObject({
  matchLabels: matchLabels.optional().meta({ nullable: true }),
  matchExpressions: z.array(requirement).max(32).optional().meta({ nullable: true }),
});

/** A label selector that names at least one label. */
export const labelSelector = withRules(
  anySelector,
  {
    cel: '(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)',
    holds: (selector) =>
      Object.keys(selector.matchLabels ?? {}).length > 0 ||
      (selector.matchExpressions ?? []).length > 0,
    message: 'an empty selector matches everything; name at least one label',
  },
  refuseNulls(['matchLabels', 'matchExpressions'], ['matchLabels', 'matchExpressions']),
);

// No CEL for the name: before Kubernetes 1.34 its length counts as unbounded (int-or-string).
const portName = z
  .string()
  .max(15)
  .regex(/^([0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    error:
      'a port name has lower-case letters, digits and single "-" between them, with at least one letter; a port number goes without quotes',
  });

export const port = withRules(
  z.strictObject({
    port: z
      .union([z.int().min(1).max(65535), portName], {
        error: 'a port is a number from 1 to 65535, or the name of a port',
      })
      .meta({ description: 'A number, or the name of a port.' }),
    endPort: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .meta({ description: 'Last port of a range that begins at port; only with a number.' }),
    protocol: z
      .enum(['TCP', 'UDP', 'SCTP'])
      .optional()
      .meta({ description: "Without it, the Service port's own; TCP where nothing is declared." }),
  }),
  {
    cel: '!has(self.endPort) || type(self.port) == int',
    holds: ({ port, endPort }) => endPort === undefined || typeof port === 'number',
    message: 'endPort goes only with a port number; a name stands for one port',
    field: 'endPort',
  },
  {
    cel: '!has(self.endPort) || type(self.port) != int || self.endPort >= self.port',
    holds: ({ port, endPort }) =>
      endPort === undefined || typeof port !== 'number' || endPort >= port,
    message: 'endPort is smaller than port; a range goes from the smaller to the larger',
    field: 'endPort',
  },
);

/**
 * Only the canonical form: of the others the API server merely warns, and engines read them
 * differently. Each mistake has its rule, as one that names the right text would cost too much.
 */
const block = withRules(
  z.string().max(49),
  {
    cel: '!isIP(self)',
    holds: (text) => text.includes('/') || nearestBlock(text) === '',
    message: 'this is an address; a block has /32 behind it, or /128 for IPv6',
    detail: {
      say: (text) => `${quote(text)} is an address; write the block ${nearestBlock(text)}`,
    },
  },
  {
    cel: "!self.startsWith('::ffff:')",
    holds: (text) => !isMapped(text),
    message: 'this is IPv4 written as IPv6; write it as IPv4, such as 203.0.113.0/24',
  },
  {
    cel: "isCIDR(self) || isIP(self) || self.startsWith('::ffff:')",
    holds: (text) => isMapped(text) || nearestBlock(text) !== '',
    message: 'this is not a block of addresses; write one such as 203.0.113.0/24 or 2001:db8::/32',
  },
  {
    cel: '!isCIDR(self) || string(cidr(self).masked()) == self',
    holds: (text) =>
      !text.includes('/') || isMapped(text) || ['', text].includes(nearestBlock(text)),
    message:
      'this block is not in canonical form: no bits behind the prefix, IPv6 in lower case and shortened',
    detail: {
      say: (text) => `${quote(text)} is not in canonical form; write ${nearestBlock(text)}`,
    },
  },
);

function isMapped(text: string): boolean {
  const nearest = nearestBlock(text);
  return text.startsWith('::ffff:') || (text.includes(':') && nearest.includes('.'));
}

/** The block in canonical form that the text means, or '' if it means none. */
function nearestBlock(text: string): string {
  const range = readRange(text);
  return typeof range === 'string' ? range : range.canonical;
}

const insideBlock =
  'cidr(self.block).containsCIDR(inner) && cidr(inner).prefixLength() > cidr(self.block).prefixLength()';

/** An `except` outside its block, or equal to it, would fail the write of the whole policy. */
export const cidr = withRules(
  z.strictObject({
    block: block.meta({
      ...block.meta(),
      description: 'Addresses outside the cluster, in canonical form.',
    }),
    except: withRules(
      z.array(block).max(32),
      refuseEmpty('except is empty; list a block, or leave it out'),
    )
      .optional()
      .meta({ nullable: true, description: 'Smaller blocks of it that are left out.' }),
  }),
  {
    cel: `!has(self.except) || !isCIDR(self.block) || self.except.all(inner, !isCIDR(inner) || (${insideBlock}))`,
    holds: (cidr) => findOutside(cidr) === undefined,
    message: 'each block of except lies inside block and is smaller than it',
    detail: {
      cel: `self.except.filter(inner, isCIDR(inner) && !(${insideBlock}))[0] + ' is not a smaller block inside ' + self.block`,
      say: (cidr) => `${findOutside(cidr)} is not a smaller block inside ${cidr.block}`,
    },
    field: 'except',
  },
  refuseNulls(['block', 'except'], ['except']),
);

function findOutside(cidr: { block: string; except?: string[] | undefined }): string | undefined {
  const { block, except = [] } = cidr;
  if (typeof readRange(block) !== 'string') return undefined;
  return except.find(
    (inner) =>
      inner.includes('/') &&
      typeof readRange(inner) === 'string' &&
      !(contains(block, inner) && prefixLength(inner) > prefixLength(block)),
  );
}
