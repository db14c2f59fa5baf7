import { describe, expect, test } from '@jest/globals';
import { KubeError, type KubeErrorDetails } from './errors.ts';
import { createPause, type Pause } from './pause.ts';

const path = '/api/v1/pods';

/** A pause, and a clock that tests move. */
function create(): { pause: Pause; pass: (seconds: number) => void } {
  let time = 0;
  return { pause: createPause(() => time), pass: (seconds) => (time += seconds * 1000) };
}

function told(details: KubeErrorDetails): KubeError {
  return new KubeError('it failed', details);
}

/** For how many seconds a call is still refused; 0 if it may be sent. */
function leftOf(pause: Pause, called = path): number | undefined {
  try {
    pause.refuse(`GET ${called}`, called);
    return 0;
  } catch (error) {
    expect(error).toMatchObject({ status: 429, reason: 'TooManyRequests' });
    return error instanceof KubeError ? error.retryAfterSeconds : undefined;
  }
}

describe('a server that asked for a pause', () => {
  test.each([429, 503])('gets no call until it is over: %i', (status) => {
    const { pause, pass } = create();
    expect(leftOf(pause)).toBe(0);
    pause.heed(told({ status, retryAfterSeconds: 3 }));
    expect(leftOf(pause)).toBe(3);
    pass(2);
    expect(leftOf(pause)).toBe(1);
    pass(1);
    expect(leftOf(pause)).toBe(0);
  });

  test('is left alone for the longest of what it asked for', () => {
    const { pause } = create();
    for (const seconds of [2, 5, 1]) pause.heed(told({ status: 429, retryAfterSeconds: seconds }));
    expect(leftOf(pause)).toBe(5);
  });

  test('is asked again after a minute, whatever it asked for', () => {
    const { pause } = create();
    pause.heed(told({ status: 429, retryAfterSeconds: 86_400 }));
    expect(leftOf(pause)).toBe(60);
  });

  test('still gets the calls about Leases: who writes must not lose the right to', () => {
    const { pause } = create();
    pause.heed(told({ status: 429, retryAfterSeconds: 3 }));
    expect(leftOf(pause, '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a')).toBe(0);
  });

  test.each<KubeErrorDetails>([
    { status: 429 },
    { status: 500, retryAfterSeconds: 3 },
    { status: 409, retryAfterSeconds: 3 },
    { causeCode: 'ECONNRESET' },
  ])('did not ask everyone by %j', (details) => {
    const { pause } = create();
    pause.heed(told(details));
    expect(leftOf(pause)).toBe(0);
  });
});
