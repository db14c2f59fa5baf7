import { backoffDelay, type Pace, probeDelay, streamSeconds } from './pace.ts';
import type { Failure, Page, WatchEvent, WatchReport } from './protocol.ts';
import type {
  Backoff,
  Effect,
  Input,
  Listing,
  Moment,
  Progress,
  State,
  Step,
  Watching,
} from './state.ts';

const unhurt = { attempt: 0, expirations: 0, fruitless: 0 };
const fresh: Progress = { synced: false, absent: false, ...unhurt };

/** The next state, and what is to be done on the way: pure and total. `State` has the table. */
export function step<O>(state: State, input: Input<O>, moment: Moment): Step<O> {
  if (input.kind === 'stop') return [{ name: 'stopped' }, [{ kind: 'close' }]];
  switch (state.name) {
    case 'idle':
      return input.kind === 'start' ? startList(fresh) : [state, []];
    case 'listing':
      return whileListing(state, input, moment);
    case 'watching':
      return whileWatching(state, input, moment);
    case 'backoff':
      return input.kind === 'timer' ? resume(state, moment) : [state, []];
    case 'stopped':
      return [state, []];
  }
}

function whileListing<O>(state: Listing, input: Input<O>, moment: Moment): Step<O> {
  switch (input.kind) {
    case 'page':
      return takePage(state, input.page, moment);
    case 'listFailed':
      return input.failure.kind === 'not-served'
        ? countAsEmpty(state.progress, input.failure, moment)
        : wait(state.progress, input.failure, moment);
    case 'idle':
      return closing(wait(state.progress, silence('a list', moment.pace.page), moment));
    case 'start':
    case 'watchEvent':
    case 'watchEnded':
    case 'watchFailed':
    case 'timer':
    case 'stop':
      return [state, []];
  }
}

function takePage<O>(state: Listing, page: Page<O>, moment: Moment): Step<O> {
  const { progress, token, resourceVersion = page.resourceVersion } = state;
  if (page.continue !== undefined && page.continue === token) {
    return wait(progress, { kind: 'failed', message: 'a list gives the same page again' }, moment);
  }
  const begin: Effect<O>[] = state.resourceVersion === undefined ? [{ kind: 'begin' }] : [];
  const taken: Effect<O>[] = [...begin, { kind: 'items', objects: page.items }];
  if (page.continue !== undefined) {
    const next: Effect<O> = { kind: 'list', continue: page.continue };
    return [{ ...state, resourceVersion, token: page.continue }, [...taken, next]];
  }
  const { trouble: _, ...rest } = progress;
  const done = { ...rest, synced: true, absent: false, fruitless: 0 };
  const [watching, effects] = openWatch<O>(done, resourceVersion, moment);
  return [watching, [...taken, { kind: 'end' }, ...effects]];
}

/** Not served is an answer, not a failure: the kind is empty, and is looked for at leisure. */
function countAsEmpty<O>(progress: Progress, failure: Failure, moment: Moment): Step<O> {
  const emptied: Effect<O>[] = progress.absent ? [] : [{ kind: 'begin' }, { kind: 'end' }];
  const milliseconds = probeDelay(moment.pace, moment.chance);
  return [
    { name: 'backoff', progress: { synced: true, absent: true, ...unhurt } },
    [...emptied, report({ event: 'not-served', failure }), { kind: 'timer', milliseconds }],
  ];
}

function whileWatching<O>(state: Watching, input: Input<O>, moment: Moment): Step<O> {
  switch (input.kind) {
    case 'watchEvent':
      return [hear(state, input.event), changesOf(input.event)];
    case 'watchEnded':
      return reopen(state, input.lasted, moment);
    case 'watchFailed':
      return recover(state, input.failure, input.lasted, moment);
    case 'idle':
      return fallSilent(state, input.lasted, moment);
    case 'start':
    case 'page':
    case 'listFailed':
    case 'timer':
    case 'stop':
      return [state, []];
  }
}

function hear(state: Watching, { resourceVersion }: WatchEvent<unknown>): Watching {
  const advanced = state.advanced || resourceVersion !== state.resourceVersion;
  const { trouble: _, ...progress } = state.progress;
  return { name: 'watching', progress, resourceVersion, heard: true, advanced };
}

function changesOf<O>({ type, object }: WatchEvent<O>): readonly Effect<O>[] {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return [{ kind: 'apply', object }];
    case 'DELETED':
      return [{ kind: 'delete', object }];
    case 'BOOKMARK':
      return [];
  }
}

/**
 * At once after a stream that lasted, or that brought news and was not over in a moment; a server
 * that opens and ends streams as fast as it can is met with waits.
 */
function reopen<O>(state: Watching, lasted: number, moment: Moment): Step<O> {
  const { healthy, tooShort } = moment.pace;
  const progress = lookBack(state, lasted, moment.pace);
  const atOnce = lasted >= healthy || (state.advanced && lasted >= tooShort);
  if (atOnce && !isLost(progress, moment)) {
    return reconnect(progress, state.resourceVersion, moment);
  }
  const failure: Failure = { kind: 'failed', message: 'the server ended a watch at once' };
  return waitToWatch(state, progress, failure, moment);
}

function recover<O>(state: Watching, failure: Failure, lasted: number, moment: Moment): Step<O> {
  const progress = lookBack(state, lasted, moment.pace);
  switch (failure.kind) {
    case 'expired':
    case 'not-served':
    // Whether the kind is known whole again, only a list can tell soon: a quiet stream may be silent.
    case 'forbidden':
      return wait(progress, failure, moment);
    case 'failed':
      return waitToWatch(state, progress, failure, moment);
  }
}

function fallSilent<O>(state: Watching, lasted: number, moment: Moment): Step<O> {
  const progress = lookBack(state, lasted, moment.pace);
  const failure = silence('a watch', moment.pace.idle);
  const [next, effects] = isLost(progress, moment)
    ? wait<O>(progress, failure, moment)
    : reconnect<O>(progress, state.resourceVersion, moment);
  return closing([next, [report({ event: 'idle', failure }), ...effects]]);
}

function lookBack({ progress, heard }: Watching, lasted: number, pace: Pace): Progress {
  const cleared = lasted >= pace.healthy ? unhurt : {};
  return { ...progress, ...cleared, fruitless: heard ? 0 : progress.fruitless + 1 };
}

/** Watching from this version leads nowhere: it may be one that the server will never reach. */
function isLost({ fruitless }: Progress, { pace }: Moment): boolean {
  return fruitless >= pace.fruitless;
}

function waitToWatch<O>(
  { resourceVersion }: Watching,
  progress: Progress,
  failure: Failure,
  moment: Moment,
): Step<O> {
  return wait(progress, failure, moment, isLost(progress, moment) ? undefined : resourceVersion);
}

/** Backs off, then lists, or watches from `resourceVersion` if there is one. */
function wait<O>(
  progress: Progress,
  failure: Failure,
  { chance, pace }: Moment,
  resourceVersion?: string,
): Step<O> {
  const count = failure.kind === 'expired' ? 'expirations' : 'attempt';
  const milliseconds = backoffDelay(pace, progress[count], chance, failure.retryAfterSeconds);
  const named: Effect<O>[] =
    failure.kind === 'failed' ? [] : [report({ event: failure.kind, failure })];
  const state: Backoff = {
    name: 'backoff',
    progress: { ...progress, [count]: progress[count] + 1, trouble: failure },
    ...(resourceVersion !== undefined && { resume: resourceVersion }),
  };
  const backoff = report<O>({ event: 'backoff', failure, milliseconds });
  return [state, [...named, backoff, { kind: 'timer', milliseconds }]];
}

function resume<O>({ progress, resume }: Backoff, moment: Moment): Step<O> {
  return resume === undefined ? startList(progress) : reconnect(progress, resume, moment);
}

function startList<O>(progress: Progress): Step<O> {
  const seen = progress.synced && !progress.absent;
  const again: Effect<O>[] = seen ? [report({ event: 'relist' })] : [];
  return [{ name: 'listing', progress }, [...again, { kind: 'list' }]];
}

function reconnect<O>(progress: Progress, resourceVersion: string, moment: Moment): Step<O> {
  const [state, effects] = openWatch<O>(progress, resourceVersion, moment);
  return [state, [report({ event: 'reconnect' }), ...effects]];
}

function openWatch<O>(progress: Progress, resourceVersion: string, moment: Moment): Step<O> {
  const timeoutSeconds = streamSeconds(moment.pace, moment.chance);
  return [
    { name: 'watching', progress, resourceVersion, heard: false, advanced: false },
    [{ kind: 'watch', resourceVersion, timeoutSeconds }],
  ];
}

function closing<O>([state, effects]: Step<O>): Step<O> {
  return [state, [{ kind: 'close' }, ...effects]];
}

function report<O>(report: WatchReport): Effect<O> {
  return { kind: 'report', report };
}

function silence(what: string, milliseconds: number): Failure {
  return { kind: 'failed', message: `${what} brought nothing for ${milliseconds / 1000} s` };
}
