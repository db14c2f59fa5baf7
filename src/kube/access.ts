import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { causes, KubeError } from './errors.ts';
import { textOf } from './failures.ts';
import type { ClusterAccess, Credentials, Link } from './transport.ts';

type Cluster = Parameters<KubeConfig['createDispatcherOptions']>[0];
type AgentOptions = Parameters<KubeConfig['createDispatcherOptions']>[1];
type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

/** How long a credential command, or a token endpoint, may take. */
const authenticationTimeout = 30_000;

/**
 * A KubeConfig that hands over what it would have connected with, instead of building an agent
 * (and so a TLS connection) for every request. `createDispatcherOptions` is the public hook that
 * sees the CA, the client certificate and the key, from files, data or a credential command.
 */
export class AccessConfig extends KubeConfig {
  #last: DispatcherOptions = { type: 'none' };

  override createDispatcherOptions(cluster: Cluster, options: AgentOptions): DispatcherOptions {
    this.#last = super.createDispatcherOptions(cluster, options);
    return { type: 'none' };
  }

  /** Not to be called again before it has settled: `#last` belongs to one call. */
  async credentials(): Promise<Credentials> {
    const context = new RequestContext('https://unused.invalid/', HttpMethod.GET);
    await this.applySecurityAuthentication(context);
    return { headers: trimValues(context.getHeaders()), link: linkOf(this.#last) };
  }
}

/**
 * The access of the current context of what `load` gives. `load` is called now, so that mistakes
 * show at the start, and again after `renew`. Credentials must come within `milliseconds`.
 */
export function createAccess(
  load: () => AccessConfig,
  milliseconds = authenticationTimeout,
): ClusterAccess {
  let config: AccessConfig | undefined = load();
  const server = config.getCurrentCluster()?.server ?? '';
  const namespace = config.getContextObject(config.currentContext)?.namespace;

  async function authenticate(): Promise<Credentials> {
    try {
      config ??= load();
      return await within(milliseconds, config.credentials());
    } catch (error) {
      const user = config?.getCurrentUser();
      // A command that hangs stays behind in this KubeConfig; the next attempt begins afresh.
      config = undefined;
      throw credentialsFailure(user?.name ?? '', user?.exec?.command, error);
    }
  }

  return { server, namespace, authenticate, renew: () => (config = undefined) };
}

function linkOf(options: DispatcherOptions): Link {
  switch (options.type) {
    case 'none':
      return { tls: {} };
    case 'agent':
      return { tls: tlsOf(options.connect) };
    case 'proxy':
    case 'socks':
      return { tls: tlsOf(options.requestTls), proxy: options.uri };
  }
}

function tlsOf(options: AgentOptions | Record<string, unknown>): Link['tls'] {
  const names = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const;
  const entries = Object.entries(options).filter(([name]) => names.some((known) => known === name));
  return Object.fromEntries(entries);
}

/** Token files often end with a line break, which HTTP refuses in a header. */
function trimValues(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}

/**
 * Of a credential command nothing is quoted: what it printed, and the parse error about what it
 * printed, may hold a token. Of files, the system's code and path are.
 */
function credentialsFailure(user: string, command: unknown, error: unknown): KubeError {
  if (error instanceof KubeError) {
    return new KubeError(error.message, { causeCode: causes.credentials });
  }
  const place = ['code', 'path']
    .map((property) => textOf(error, property))
    .join(' ')
    .trim();
  const how =
    typeof command === 'string'
      ? `the credential command "${command}" of user "${user}" failed; run it by hand to see why`
      : `the credentials of user "${user}" cannot be had${place === '' ? '' : `: ${place}`}`;
  return new KubeError(how, { causeCode: causes.credentials });
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the credentials did not come within ${milliseconds / 1000} s`;
    reject(new KubeError(message, { causeCode: causes.credentials }));
  }, milliseconds);
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
