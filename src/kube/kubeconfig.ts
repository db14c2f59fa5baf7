import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { AccessConfig, createAccess } from './access.ts';
import { causes, KubeError } from './errors.ts';
import { isRecord, textOf } from './failures.ts';
import type { ClusterAccess } from './transport.ts';

/** Where to look for the cluster. */
export interface AccessOptions {
  /** A kubeconfig file that someone named; nothing else is looked at. */
  readonly kubeconfig?: string;
  /** A context other than the current one. */
  readonly context?: string;
  readonly environment: {
    readonly KUBECONFIG?: string | undefined;
    readonly HOME?: string | undefined;
    readonly KUBERNETES_SERVICE_HOST?: string | undefined;
    readonly KUBERNETES_SERVICE_PORT?: string | undefined;
  };
  /** Where a pod finds its token; for tests. */
  readonly serviceAccountFolder?: string;
}

const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The cluster to talk to: the named kubeconfig; else the files of KUBECONFIG; else the pod's
 * service account; else `~/.kube/config`. Throws a KubeError (cause code CONFIG) that says in a
 * sentence what is missing or wrong; there is no default server.
 */
export function loadAccess(options: AccessOptions): ClusterAccess {
  const { kubeconfig, context, environment } = options;
  const folder = options.serviceAccountFolder ?? podFolder;
  const home = environment.HOME === undefined ? '' : join(environment.HOME, '.kube', 'config');
  if (kubeconfig !== undefined) return fromFiles([kubeconfig], context);
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return fromFiles(presentFiles(listed), context);
  const host = environment.KUBERNETES_SERVICE_HOST ?? '';
  const mounted = existsSync(join(folder, 'token'));
  if (host !== '' && mounted) {
    return createAccess(() => podConfig(host, environment.KUBERNETES_SERVICE_PORT, folder));
  }
  if (home !== '' && existsSync(home)) return fromFiles([home], context);
  throw wrong(whatIsMissing(host !== '', mounted, folder));
}

function whatIsMissing(hasHost: boolean, mounted: boolean, folder: string): string {
  if (hasHost) return `this pod has no service account token in ${folder}`;
  if (mounted) return 'a service account token is mounted but KUBERNETES_SERVICE_HOST is not set';
  return 'no cluster is configured: name a kubeconfig (--kubeconfig or KUBECONFIG) or run in a pod';
}

/** As kubectl does, files of KUBECONFIG that do not exist are skipped unless none does. */
function presentFiles(files: readonly string[]): readonly string[] {
  const present = files.filter((file) => existsSync(file));
  return present.length > 0 ? present : files;
}

function fromFiles(files: readonly string[], context: string | undefined): ClusterAccess {
  return createAccess(() => {
    const config = merge(files.map(readConfig));
    if (context !== undefined) config.setCurrentContext(context);
    checkContext(config, files.join(delimiter));
    return config;
  });
}

function readConfig(file: string): AccessConfig {
  const config = new AccessConfig();
  try {
    config.loadFromFile(file);
    return withTokenFiles(config, file);
  } catch (error) {
    throw wrong(`the kubeconfig ${file} cannot be used: ${complaintOf(error)}`);
  }
}

/** A YAML error quotes the lines around the mistake, which may hold a token: only the place is used. */
function complaintOf(error: unknown): string {
  const code = textOf(error, 'code');
  if (code?.startsWith('E')) return code === 'ENOENT' ? 'there is no such file' : code;
  const mark = isRecord(error) && isRecord(error.mark) ? error.mark : undefined;
  if (mark !== undefined) return `it is not YAML at line ${Number(mark.line) + 1}`;
  const message = textOf(error, 'message') ?? '';
  return /^(clusters|users|contexts)\[/.test(message) ? message : 'it is no kubeconfig';
}

/**
 * kubectl's `tokenFile`, which client-node 2.0 does not know, becomes its file provider: the token
 * is read again every minute. As in kubectl it goes before `token`.
 */
function withTokenFiles(config: AccessConfig, file: string): AccessConfig {
  const raw: unknown = parse(readFileSync(file, 'utf8'));
  const entries = isRecord(raw) && Array.isArray(raw.users) ? raw.users : [];
  config.users = config.users.map((user) => {
    const entry = entries.find((candidate) => isRecord(candidate) && candidate.name === user.name);
    const tokenFile = isRecord(entry?.user) ? entry.user.tokenFile : undefined;
    if (typeof tokenFile !== 'string') return user;
    const { token: _, ...rest } = user;
    const path = resolve(dirname(file), tokenFile);
    return { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile: path } } };
  });
  return config;
}

/** As kubectl does: of two entries with one name, the earlier file's counts. */
function merge(configs: readonly AccessConfig[]): AccessConfig {
  const merged = new AccessConfig();
  merged.loadFromOptions({
    clusters: firstByName(configs.flatMap(({ clusters }) => clusters)),
    users: firstByName(configs.flatMap(({ users }) => users)),
    contexts: firstByName(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.find(({ currentContext }) => Boolean(currentContext))?.currentContext,
  });
  return merged;
}

function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, at) => entries.findIndex((entry) => entry.name === name) === at);
}

function checkContext(config: AccessConfig, file: string): void {
  const name = config.currentContext;
  if (!name) throw wrong(`the kubeconfig ${file} has no current-context, name one with --context`);
  const context = config.getContextObject(name);
  if (context === null) throw wrong(`the kubeconfig ${file} has no context "${name}"`);
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    throw wrong(`context "${name}" of ${file} names the cluster "${context.cluster}" it lacks`);
  }
  if (config.getUser(context.user) === null) {
    throw wrong(`context "${name}" of ${file} names the user "${context.user}" it lacks`);
  }
  const where = `cluster "${cluster.name}" of ${file}`;
  checkServer(cluster.server, cluster.skipTLSVerify, where);
  checkProxy(cluster.proxyUrl, where);
}

function checkProxy(proxy: string | undefined, where: string): void {
  if (proxy === undefined || /^(https?|socks5?):\/\/./.test(proxy)) return;
  throw wrong(`${where} has a proxy-url that is neither http, https nor socks5`);
}

/** Plain http shows credentials to the network, so it must be asked for. */
function checkServer(server: string, insecure: boolean, where: string): void {
  if (!URL.canParse(server)) throw wrong(`${where} has the server "${server}", which is no URL`);
  const { protocol } = new URL(server);
  if (protocol === 'https:' || (protocol === 'http:' && insecure)) return;
  throw wrong(
    `${where} has the server "${server}"; use https, or set insecure-skip-tls-verify for http`,
  );
}

function podConfig(host: string, port: string | undefined, folder: string): AccessConfig {
  const address = host.includes(':') ? `[${host}]` : host;
  const server = `https://${address}:${port || '443'}`;
  checkServer(server, false, 'the environment of this pod');
  const namespaceFile = join(folder, 'namespace');
  const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : '';
  const tokenFile = join(folder, 'token');
  const config = new AccessConfig();
  config.loadFromOptions({
    clusters: [{ name: 'pod', server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false }],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod', ...(namespace && { namespace }) }],
    currentContext: 'pod',
  });
  return config;
}

function wrong(sentence: string): KubeError {
  return new KubeError(sentence, { causeCode: causes.config });
}
