import { z } from 'zod';
import { readRange } from './core/model/range.ts';
import { defaultSettings, type Settings } from './core/model/settings.ts';

const range = z.string().superRefine((text, context) => {
  const read = readRange(text);
  if (typeof read === 'string' && text.includes('/')) return;
  const hint = typeof read === 'string' ? read : read.canonical || '10.244.0.0/16';
  context.addIssue({ code: 'custom', message: `"${text}" is not a CIDR; write it as ${hint}` });
});

const port = z.int().min(0).max(65535);

/** The operator's configuration file, and what its flags and variables say, in one shape. */
export const configSchema = z.strictObject({
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  /** The DNS domain of Services. */
  clusterDomain: z.string().min(1).default(defaultSettings.clusterDomain),
  /** Ranges of pods, Services and nodes, besides those that Nodes and ServiceCIDRs tell of. */
  clusterRanges: z.array(range).default([]),
  /** Automatic allowances that are off everywhere. */
  deny: z
    .strictObject({ dns: z.boolean().default(false), self: z.boolean().default(false) })
    .default(defaultSettings.deny),
  healthPort: port.default(8081),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Reconciles that run at once. */
  concurrency: z.int().min(1).max(256).default(16),
  /** Reconciles begun per second, at most. */
  rate: z.int().min(1).max(100_000).default(1000),
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

/**
 * Merges the file, the environment and the flags, and validates the result once. Throws ConfigError
 * that names every wrong setting.
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
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
  );
  throw new ConfigError(lines.join('\n'));
}

/** The part of the configuration that the pure stages read. */
export function settingsOf({ clusterDomain, clusterRanges, deny }: Config): Settings {
  return { clusterDomain, clusterRanges, deny };
}

function readText(setting: string, text: string): unknown {
  if (setting === 'clusterRanges') return text.split(',').map((part) => part.trim());
  const number = ['healthPort', 'concurrency', 'rate'].includes(setting);
  return number && /^\d+$/.test(text) ? Number(text) : text;
}
