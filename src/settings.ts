import { z } from 'zod';
import { explain } from './core/intent/explain.ts';
import { anySelector, namespaceName } from './core/intent/fields.ts';
import { suggest } from './core/intent/keys.ts';
import { type Allowance, allowances } from './core/model/declaration.ts';
import { canonicalSelector, type LabelSelector } from './core/model/labels.ts';
import { type Direction, directions } from './core/model/policy.ts';
import { type DenyRule, defaultSettings, type Settings } from './core/model/settings.ts';
import { longestLease } from './operator/election/candidate.ts';
import { environmentsSchema, refuseUnshared } from './settings/environments.ts';
import { clusterRange, domain } from './settings/fields.ts';
import { hostPaceOf, hostsSchema } from './settings/hosts.ts';
import { namespacesOf, partiesOf, partiesSchema } from './settings/parties.ts';
import { workloadKindsOf, workloadsSchema } from './settings/workloads.ts';

const directionsOf: Readonly<Record<'both' | 'ingress' | 'egress', readonly Direction[]>> = {
  both: directions,
  ingress: ['Ingress'],
  egress: ['Egress'],
};

/** `selector: {}` is every namespace: it is written out, so it is meant. */
const denyRule = z.strictObject({
  selector: anySelector,
  directions: z.enum(['both', 'ingress', 'egress']).default('both'),
  strength: z.enum(['floor', 'default']).default('default'),
});

const port = z.int().min(0).max(65535);

/** Seconds; the Lease itself has whole ones. */
const election = z
  .strictObject({
    /** Without it, nobody else may write: one replica, and never two side by side. */
    enabled: z.boolean().default(true),
    leaseDuration: z
      .int()
      .min(1)
      .max(longestLease / 1000)
      .default(15),
    renewDeadline: z.number().min(0.1).default(10),
    retryPeriod: z.number().min(0.1).default(2),
  })
  .superRefine(({ leaseDuration, renewDeadline, retryPeriod }, context) => {
    if (renewDeadline >= leaseDuration) {
      const message = `${renewDeadline} must be less than leaseDuration, which is ${leaseDuration}: a leader must have stopped before another begins`;
      context.addIssue({ code: 'custom', path: ['renewDeadline'], message });
    }
    if (retryPeriod * 1.2 >= renewDeadline) {
      const message = `${retryPeriod} must be less than renewDeadline / 1.2, which is ${Number((renewDeadline / 1.2).toFixed(2))}: a leader needs time for another attempt`;
      context.addIssue({ code: 'custom', path: ['retryPeriod'], message });
    }
  });

/** What has to be exceeded, all of it, for deletions and narrowings to stop and ask. */
const breaker = z.strictObject({
  policies: z.int().min(0).default(10),
  /** Percent of our policies. */
  percent: z.number().min(0).max(100).default(20),
  /** Seconds within which they are counted. */
  window: z.number().min(1).default(300),
  /** Seconds after which a tripped breaker closes by itself. */
  expiry: z.number().min(1).default(86_400),
});

/** The operator's configuration file, and what its flags and variables say, in one shape. */
export const configSchema = z
  .strictObject({
    kubeconfig: z.string().min(1).optional(),
    context: z.string().min(1).optional(),
    /** The operator's own: its replicas there are one installation. */
    namespace: namespaceName.optional(),
    election: election.prefault({}),
    /** The DNS domain of Services. */
    clusterDomain: domain.default(defaultSettings.clusterDomain),
    /** Ranges of pods, Services and nodes, besides those that Nodes and ServiceCIDRs tell of. */
    clusterRanges: z.array(clusterRange).default([]),
    workloads: workloadsSchema,
    parties: partiesSchema,
    environments: environmentsSchema.optional(),
    /** Automatic allowances that are off everywhere. */
    deny: z
      .strictObject(
        Object.fromEntries(allowances.map((each) => [each, z.boolean().default(false)])) as Record<
          Allowance,
          z.ZodDefault<z.ZodBoolean>
        >,
      )
      .default(defaultSettings.deny),
    /** Whether policies are written, where no label says so of a namespace. */
    mode: z.enum(['enforce', 'audit']).default(defaultSettings.mode),
    /** Which labels of Namespaces count. */
    labels: z
      .strictObject({ mode: z.boolean().default(defaultSettings.labels.mode) })
      .default(defaultSettings.labels),
    /** Namespaces that are default-deny without being labelled so. */
    defaultDeny: z
      .strictObject({
        rules: z.array(denyRule).default([]),
        exclude: z.array(namespaceName).default([]),
        /** So many namespaces in so many seconds, and none after the first with something amiss. */
        pace: z
          .strictObject({ namespaces: z.int().min(1), seconds: z.number().min(1).default(60) })
          .optional(),
      })
      .default({ rules: [], exclude: [] }),
    /** Watch and report, and write no policy. */
    paused: z.boolean().default(false),
    breaker: breaker.prefault({}),
    /** How names outside the cluster are resolved. */
    hosts: hostsSchema,
    healthPort: port.default(8081),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    /** Reconciles that run at once. */
    concurrency: z.int().min(1).max(256).default(16),
    /** Reconciles begun per second, at most. */
    rate: z.int().min(1).max(100_000).default(5000),
  })
  .superRefine(({ environments, parties }, context) => {
    if (environments !== undefined) refuseUnshared(environments, namespacesOf(parties), context);
  });

export type Config = z.infer<typeof configSchema>;

/** Where settings come from; later ones win. Values of variables and flags are still text. */
export interface ConfigSources {
  readonly file?: unknown;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Settings that cannot be used: one line each, with what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const variables = {
  POD_NAMESPACE: 'namespace',
  APPCONN_CONTEXT: 'context',
  APPCONN_CLUSTER_DOMAIN: 'clusterDomain',
  APPCONN_CLUSTER_RANGES: 'clusterRanges',
  APPCONN_MODE: 'mode',
  APPCONN_PAUSED: 'paused',
  APPCONN_HEALTH_PORT: 'healthPort',
  APPCONN_LOG_LEVEL: 'logLevel',
  APPCONN_CONCURRENCY: 'concurrency',
  APPCONN_RATE: 'rate',
  APPCONN_ELECTION: 'election',
  APPCONN_LEASE_DURATION: 'leaseDuration',
  APPCONN_RENEW_DEADLINE: 'renewDeadline',
  APPCONN_RETRY_PERIOD: 'retryPeriod',
} as const;

/** What flags and variables call by one word, and where it is. */
const places: Readonly<Record<string, readonly [string, string]>> = {
  election: ['election', 'enabled'],
  leaseDuration: ['election', 'leaseDuration'],
  renewDeadline: ['election', 'renewDeadline'],
  retryPeriod: ['election', 'retryPeriod'],
};

/** The variables that Kubernetes sets in a pod for a Service, here one named `appconn-…`. */
const serviceLink =
  /_SERVICE_(HOST|PORT(_\w+)?)=|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?=|=(tcp|udp|sctp):)/;

/**
 * Merges the file, the environment and the flags, and validates the result once. Throws ConfigError
 * that names every wrong setting and every `APPCONN_` variable that there is not.
 */
export function readConfig({ file = {}, environment, flags }: ConfigSources): Config {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw new ConfigError('the configuration file must be a YAML mapping');
  }
  const fromEnvironment = Object.entries(variables).flatMap(([variable, setting]) => {
    const text = environment[variable];
    return text === undefined || text === '' ? [] : [[setting, text] as const];
  });
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const merged = [...fromEnvironment, ...given].reduce(overrule, { ...file });
  const parsed = configSchema.safeParse(merged, { error: explainSetting });
  const unknown = unknownVariables(environment);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const lines = (parsed.error?.issues ?? []).flatMap(({ path, message }) =>
    message.split('\n').map((line) => `${path.join('.') || 'settings'}: ${line}`),
  );
  throw new ConfigError([...unknown, ...lines].join('\n'));
}

/** Puts what a flag or variable says where the file would have it. */
function overrule(
  config: Readonly<Record<string, unknown>>,
  [setting, said]: readonly [string, unknown],
): Readonly<Record<string, unknown>> {
  const value = typeof said === 'string' ? readText(setting, said) : said;
  const [group, field] = places[setting] ?? [];
  if (group === undefined || field === undefined) return { ...config, [setting]: value };
  const before = config[group] ?? {};
  // What is no mapping stays, to be complained about.
  return typeof before === 'object'
    ? { ...config, [group]: { ...before, [field]: value } }
    : config;
}

/** As for the resource, but with a line for each unknown field. */
function explainSetting(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return explain(issue);
  return issue.keys.map((key) => explain({ ...issue, keys: [key] })).join('\n');
}

function unknownVariables(environment: ConfigSources['environment']): string[] {
  const known = Object.keys(variables);
  const unknown = Object.entries(environment).filter(
    ([name, text]) =>
      name.startsWith('APPCONN_') &&
      !known.includes(name) &&
      text !== undefined &&
      text !== '' &&
      !serviceLink.test(`${name}=${text}`),
  );
  return unknown.map(([name]) => {
    const meant = suggest(name, known);
    const remedy = meant === '' ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
    return `${name}: there is no such variable; ${remedy}`;
  });
}

/** The part of the configuration that the pure stages read. */
export function settingsOf(config: Config): Settings {
  const { clusterDomain, clusterRanges, deny, mode, labels, namespace, defaultDeny } = config;
  const { workloads, parties, environments } = config;
  return {
    ...defaultSettings,
    ...{ clusterDomain, clusterRanges, deny, mode, labels },
    operatorNamespace: namespace ?? defaultSettings.operatorNamespace,
    defaultDeny: { rules: defaultDeny.rules.map(ruleOf), exclude: defaultDeny.exclude },
    workloadKinds: workloadKindsOf(workloads),
    parties: partiesOf(parties),
    ...(environments !== undefined && { environments }),
  };
}

function ruleOf({ selector, directions: written, strength }: z.infer<typeof denyRule>): DenyRule {
  return {
    selector: canonicalSelector(selector as LabelSelector),
    directions: directionsOf[written],
    strength,
  };
}

const numbers: readonly string[] = [
  ...['healthPort', 'concurrency', 'rate', 'leaseDuration', 'renewDeadline', 'retryPeriod'],
];

/** What the operator itself reads of the configuration, in its own units (milliseconds, 0 to 1). */
export function safetyOf({ paused, breaker: limits, defaultDeny: { pace } }: Config) {
  const { policies, percent, window, expiry } = limits;
  return {
    paused,
    breaker: {
      ...{ policies, share: percent / 100 },
      ...{ window: window * 1000, expiry: expiry * 1000 },
    },
    pace: pace && { namespaces: pace.namespaces, interval: pace.seconds * 1000 },
  };
}

/** How the operator resolves names, in its own units. */
export function hostsOf({ hosts }: Config) {
  const { servers } = hosts;
  return { pace: hostPaceOf(hosts), ...(servers !== undefined && { servers }) };
}

function readText(setting: string, text: string): unknown {
  if (setting === 'clusterRanges') return text.split(',').map((part) => part.trim());
  if (['election', 'paused'].includes(setting) && /^(true|false)$/.test(text))
    return text === 'true';
  const number = numbers.includes(setting);
  return number && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
