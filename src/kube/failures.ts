import { causes, KubeError, type KubeErrorDetails } from './errors.ts';

/** The parts of an HTTP answer that tell why a call failed. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** A Status about an object with a thousand wrong fields has as many causes. */
const mostCauses = 16;

/** `what` names the call, such as `PATCH /apis/…/networkpolicies/cart`. */
export function answerFailure(what: string, answer: FailedAnswer): KubeError {
  const told = statusOf(parseQuietly(answer.body));
  const { code: _, message, ...rest } = told;
  const retryAfterSeconds = retryAfterOf(answer.headers) ?? told.retryAfterSeconds;
  const detail = message === undefined ? '' : `: ${message}`;
  const reason = told.reason === undefined ? '' : ` ${told.reason}`;
  return new KubeError(`${what} was answered with ${answer.status}${reason}${detail}`, {
    ...rest,
    status: answer.status,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** The ERROR event of a watch: `status` is the Status that it carried. */
export function streamFailure(what: string, status: unknown): KubeError {
  const { code, message, ...told } = statusOf(status);
  if (code === undefined) return malformed(what, 'sent an ERROR event without a Status');
  return new KubeError(
    `${what} was ended by the server with ${code} ${told.reason ?? ''}: ${message ?? ''}`,
    { status: code, ...told },
  );
}

/** An answer of the right status that is not what it should be. */
export function malformed(what: string, complaint: string): KubeError {
  return new KubeError(`${what} ${complaint}`, { causeCode: causes.malformed });
}

/** No answer within the time that the call was given. */
export function timeoutFailure(what: string, milliseconds: number): KubeError {
  return new KubeError(`${what} got no complete answer within ${milliseconds / 1000} s`, {
    causeCode: causes.timeout,
  });
}

/** The caller's signal ended the call. */
export function abortFailure(what: string): KubeError {
  return new KubeError(`${what} was given up by its caller`, { causeCode: causes.aborted });
}

/** The fence was closed, or closed while the call was under way. */
export function fencedFailure(what: string): KubeError {
  return new KubeError(`${what} was not let through: this process may not write now`, {
    causeCode: causes.fenced,
  });
}

/**
 * A failure below HTTP. Only the code and the first line of the cause are used; messages of
 * header validation are left out, since they may quote the header.
 */
export function networkFailure(what: string, error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  const cause = rootOf(error);
  const code = textOf(cause, 'code') ?? textOf(cause, 'name') ?? 'UNKNOWN';
  const quiet = code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_CHAR';
  const said = quiet ? undefined : textOf(cause, 'message')?.split('\n')[0];
  return new KubeError(`${what} failed with ${code}${said === undefined ? '' : ` (${said})`}`, {
    causeCode: code,
  });
}

/** The innermost cause: undici and AggregateError wrap the one that tells what happened. */
function rootOf(error: unknown, depth = 0): unknown {
  if (!isRecord(error) || depth > 4) return error;
  const inner = Array.isArray(error.errors) ? error.errors[0] : error.cause;
  return inner === undefined ? error : rootOf(inner, depth + 1);
}

/** A text property of what was thrown, which need not be an Error of this realm. */
export function textOf(error: unknown, property: string): string | undefined {
  const value = isRecord(error) ? error[property] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

type Told = Omit<KubeErrorDetails, 'status' | 'causeCode'> & { code?: number; message?: string };

/** The fields of a Status that are of their type; nothing of anything else. */
function statusOf(value: unknown): Told {
  if (!isRecord(value) || value.kind !== 'Status') return {};
  const details = isRecord(value.details) ? value.details : {};
  const seconds = details.retryAfterSeconds;
  const causeReasons = causeReasonsOf(details.causes);
  return {
    ...(typeof value.code === 'number' && { code: value.code }),
    ...(typeof value.reason === 'string' && value.reason !== '' && { reason: value.reason }),
    ...(typeof value.message === 'string' && { message: value.message }),
    ...(causeReasons.length > 0 && { causeReasons }),
    ...(typeof seconds === 'number' && seconds > 0 && { retryAfterSeconds: seconds }),
  };
}

function causeReasonsOf(causes: unknown): string[] {
  if (!Array.isArray(causes)) return [];
  return causes.slice(0, mostCauses).flatMap((cause) => textOf(cause, 'reason') ?? []);
}

/** Retry-After in seconds, or as a date that is measured from the answer's own Date header. */
function retryAfterOf(headers: FailedAnswer['headers']): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(String(headers.date))) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
