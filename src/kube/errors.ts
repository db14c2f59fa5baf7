/** What is known about a call that failed. */
export interface KubeErrorDetails {
  /** HTTP status of the answer, or the code inside a Status that a watch sent. */
  readonly status?: number;
  /** The machine-readable reason of a Kubernetes Status, such as `Conflict` or `Expired`. */
  readonly reason?: string;
  /** The reasons of the Status's causes, such as `NamespaceTerminating`; absent if it has none. */
  readonly causeReasons?: readonly string[];
  /** How long the server asked to be left alone. */
  readonly retryAfterSeconds?: number;
  /** Why no usable answer came: a code of Node, TLS or undici, or one of ours (`causes`). */
  readonly causeCode?: string;
}

/** The cause codes that are ours. */
export const causes = {
  timeout: 'ETIMEDOUT',
  aborted: 'ABORT_ERR',
  fenced: 'FENCED',
  malformed: 'MALFORMED',
  credentials: 'CREDENTIALS',
  config: 'CONFIG',
} as const;

/**
 * A call to the API server that did not succeed. The message is one sentence, short enough for a
 * log line or a condition; it never holds headers, tokens or a body that is not a Status.
 */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  declare readonly status?: number;
  declare readonly reason?: string;
  declare readonly causeReasons?: readonly string[];
  declare readonly retryAfterSeconds?: number;
  declare readonly causeCode?: string;

  constructor(message: string, details: KubeErrorDetails) {
    super(oneSentence(message));
    Object.assign(this, details);
  }
}

const secrets: readonly RegExp[] = [
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
];
const unprintable = /[\s\p{Cc}\p{Cf}]+/gu;
const longest = 600;

/** One line without control characters or anything that looks like a credential, cut at a bound. */
export function oneSentence(text: string): string {
  const line = text
    .slice(0, longest * 4)
    .replace(unprintable, ' ')
    .trim();
  const safe = secrets.reduce((kept, secret) => kept.replace(secret, '<redacted>'), line);
  return safe.length > longest ? `${safe.slice(0, longest - 1)}…` : safe;
}

/** The server's version of the object is not the one that the call was about (409, not AlreadyExists). */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) && !isAlreadyExists(error);
}

/** A create found an object of that name. */
export function isAlreadyExists(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason === 'AlreadyExists';
}

export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

/** The object is not one that the server stores, or changes what must not change (422). */
export function isInvalid(error: unknown): boolean {
  return hasStatus(error, 422);
}

export function isForbidden(error: unknown): error is KubeError {
  return hasStatus(error, 403);
}

/**
 * A write into a namespace that is being deleted: it will fail until the namespace is gone, and then
 * there is nothing to write any more.
 */
export function isNamespaceTerminating(error: unknown): boolean {
  return isForbidden(error) && error.causeReasons?.includes('NamespaceTerminating') === true;
}

/** The resourceVersion or `continue` token is too old: only a new list helps. */
export function isExpired(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone';
}

export function isThrottled(error: unknown): error is KubeError {
  return hasStatus(error, 429);
}

/** The caller's own signal ended the call. */
export function isAborted(error: unknown): boolean {
  return error instanceof KubeError && error.causeCode === causes.aborted;
}

/** The fence stopped the call: whether it was performed is unknown if it was under way. */
export function isFenced(error: unknown): boolean {
  return error instanceof KubeError && error.causeCode === causes.fenced;
}

/**
 * Whether the same call may succeed later with nothing changed by us: no usable answer came
 * (network, time-out, credentials being renewed), the server was busy or failing, or the object had
 * moved on (409 Conflict). False for what the caller or the fence ended, and for a refusal on the
 * merits.
 */
export function isRetriable(error: unknown): boolean {
  if (!(error instanceof KubeError) || isAborted(error) || isFenced(error)) return false;
  const { status } = error;
  if (status === undefined) return error.causeCode !== causes.config;
  return isConflict(error) || status === 401 || status === 408 || status === 429 || status >= 500;
}

const neverSent: ReadonlySet<string | undefined> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'],
  ...[causes.credentials, causes.config],
]);

/**
 * Whether a write that failed has certainly changed nothing: it was refused, or never sent. After
 * anything else the answer may be lost, and the write made.
 */
export function isCertainlyNotMade(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  const { status, causeCode } = error;
  if (status === undefined) return neverSent.has(causeCode);
  return status >= 400 && status < 500 && status !== 408;
}

function hasStatus(error: unknown, status: number): error is KubeError {
  return error instanceof KubeError && error.status === status;
}
