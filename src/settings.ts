import { z } from 'zod';
import { nameProblem } from './core/intent/entry.ts';
import { explain, quote } from './core/intent/explain.ts';
import { namespaceName } from './core/intent/fields.ts';
import { suggest } from './core/intent/keys.ts';
import { readRange } from './core/model/range.ts';
import { defaultSettings, type Settings } from './core/model/settings.ts';

const range = z.string().superRefine((text, context) => {
  const read = readRange(text);
  if (typeof read === 'string' && text.includes('/')) return;
  const hint = typeof read === 'string' ? read : read.canonical || '10.244.0.0/16';
  const message = `${quote(text)} is not a CIDR; write it as ${hint}`;
  context.addIssue({ code: 'custom', message });
});

/** A DNS-1123 subdomain; its right form is named where only dots around it or capitals are wrong. */
const domain = z.string().superRefine((text, context) => {
  const problem = nameProblem(text);
  if (problem === undefined) return;
  const right = text.toLowerCase().replaceAll(/^\.+|\.+$/g, '');
  const remedy = nameProblem(right) === undefined ? `; write it as ${right}` : `: ${problem}`;
  context.addIssue({ code: 'custom', message: `${quote(text)} is not a DNS domain${remedy}` });
});

const port = z.int().min(0).max(65535);

/** The operator's configuration file, and what its flags and variables say, in one shape. */
export const configSchema = z.strictObject({
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  /** The DNS domain of Services. */
  clusterDomain: domain.default(defaultSettings.clusterDomain),
  /** Ranges of pods, Services and nodes, besides those that Nodes and ServiceCIDRs tell of. */
  clusterRanges: z.array(range).default([]),
  /** The operator's own namespace. */
  namespace: namespaceName.optional(),
  /** Automatic allowances that are off everywhere. */
  deny: z
    .strictObject({ dns: z.boolean().default(false), self: z.boolean().default(false) })
    .default(defaultSettings.deny),
  healthPort: port.default(8081),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Reconciles that run at once. */
  concurrency: z.int().min(1).max(256).default(16),
  /** Reconciles begun per second, at most. */
  rate: z.int().min(1).max(100_000).default(5000),
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
  APPCONN_CONTEXT: 'context',
  APPCONN_CLUSTER_DOMAIN: 'clusterDomain',
  APPCONN_CLUSTER_RANGES: 'clusterRanges',
  APPCONN_HEALTH_PORT: 'healthPort',
  APPCONN_LOG_LEVEL: 'logLevel',
  APPCONN_CONCURRENCY: 'concurrency',
  APPCONN_RATE: 'rate',
} as const;

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
    return text === undefined || text === '' ? [] : [[setting, readText(setting, text)]];
  });
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const fromFlags = given.map(([setting, value]) => [
    setting,
    typeof value === 'string' ? readText(setting, value) : value,
  ]);
  const merged = {
    ...file,
    ...Object.fromEntries(fromEnvironment),
    ...Object.fromEntries(fromFlags),
  };
  const parsed = configSchema.safeParse(merged, { error: explainSetting });
  const unknown = unknownVariables(environment);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const lines = (parsed.error?.issues ?? []).flatMap(({ path, message }) =>
    message.split('\n').map((line) => `${path.join('.') || 'settings'}: ${line}`),
  );
  throw new ConfigError([...unknown, ...lines].join('\n'));
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
export function settingsOf({ clusterDomain, clusterRanges, deny }: Config): Settings {
  return { clusterDomain, clusterRanges, deny };
}

function readText(setting: string, text: string): unknown {
  if (setting === 'clusterRanges') return text.split(',').map((part) => part.trim());
  const number = ['healthPort', 'concurrency', 'rate'].includes(setting);
  return number && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
