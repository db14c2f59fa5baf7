import { describe, expect, test } from '@jest/globals';
import { after, done, type Outcome, type QueueVerbs, retry, settle, terminal } from './outcome.ts';

const error = new Error('no');

function settleAndRecord(outcome: Outcome): { label: string; verbs: string[] } {
  const verbs: string[] = [];
  const recorder: QueueVerbs = {
    forget: () => verbs.push('forget'),
    addAfter: (milliseconds) => verbs.push(`addAfter ${milliseconds}`),
    addRateLimited: (notBefore) => verbs.push(`addRateLimited ${notBefore}`),
    throttle: (milliseconds) => verbs.push(`throttle ${milliseconds}`),
  };
  return { label: settle(outcome, recorder), verbs };
}

describe('what an outcome leads to', () => {
  test.each([
    ['done forgets the failures', done, 'success', ['forget']],
    ['after forgets, then waits', after(7), 'requeue_after', ['forget', 'addAfter 7']],
    ['retry backs off', retry(error), 'error', ['addRateLimited 0']],
    [
      'retry with a time from the server pauses all keys before it backs off',
      retry(error, 9),
      'error',
      ['throttle 9', 'addRateLimited 9'],
    ],
    ['terminal forgets and adds nothing', terminal(error), 'terminal', ['forget']],
  ])('%s', (_sentence, outcome, label, verbs) => {
    expect(settleAndRecord(outcome)).toEqual({ label, verbs });
  });
});
