import { describe, expect, test } from '@jest/globals';
import {
  isAborted,
  isAlreadyExists,
  isCertainlyNotMade,
  isConflict,
  isExpired,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isRetriable,
  isThrottled,
  KubeError,
  type KubeErrorDetails,
} from './errors.ts';
import { networkFailure } from './failures.ts';

const predicates = {
  isAborted,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isRetriable,
  isThrottled,
};

function namesFor(error: unknown): string[] {
  return Object.entries(predicates)
    .filter(([, holds]) => holds(error))
    .map(([name]) => name);
}

describe('failures of the API server', () => {
  const table: [KubeErrorDetails, string[]][] = [
    [{ status: 400, reason: 'BadRequest' }, []],
    [{ status: 401 }, ['isRetriable']],
    [{ status: 403 }, ['isForbidden']],
    [
      { status: 403, causeReasons: ['NamespaceTerminating'] },
      ['isForbidden', 'isNamespaceTerminating'],
    ],
    [{ status: 409, causeReasons: ['NamespaceTerminating'] }, ['isConflict', 'isRetriable']],
    [{ status: 404 }, ['isNotFound']],
    [{ status: 409, reason: 'Conflict' }, ['isConflict', 'isRetriable']],
    [{ status: 409, reason: 'AlreadyExists' }, ['isAlreadyExists']],
    [{ status: 410, reason: 'Gone' }, ['isExpired']],
    [{ status: 400, reason: 'Expired' }, ['isExpired']],
    [{ status: 422, reason: 'Invalid' }, []],
    [{ status: 429 }, ['isRetriable', 'isThrottled']],
    [{ status: 503 }, ['isRetriable']],
    [{ causeCode: 'ECONNRESET' }, ['isRetriable']],
    [{ causeCode: 'ETIMEDOUT' }, ['isRetriable']],
    [{ causeCode: 'CREDENTIALS' }, ['isRetriable']],
    [{ causeCode: 'CONFIG' }, []],
    [{ causeCode: 'ABORT_ERR' }, ['isAborted']],
  ];
  test.each(table)('%j is %j', (details, names) => {
    expect(namesFor(new KubeError('it failed', details))).toEqual(names);
  });

  test.each<[KubeErrorDetails, boolean]>([
    [{ status: 409 }, true],
    [{ status: 429 }, true],
    [{ causeCode: 'ECONNREFUSED' }, true],
    [{ causeCode: 'CREDENTIALS' }, true],
    [{ status: 408 }, false],
    [{ status: 504 }, false],
    [{ causeCode: 'ECONNRESET' }, false],
    [{ causeCode: 'FENCED' }, false],
  ])('of a write with %j it is certain that it was not made: %j', (details, certain) => {
    expect(isCertainlyNotMade(new KubeError('it failed', details))).toBe(certain);
  });

  test('anything else is none of them', () => {
    expect(namesFor(new Error('no'))).toEqual([]);
    expect(namesFor({ status: 404 })).toEqual([]);
    expect(namesFor(undefined)).toEqual([]);
  });

  test('a message is one printable line of bounded length', () => {
    const { message } = new KubeError(`a\u0000b\r\nc\u202ed ${'x'.repeat(5_000)}`, {});
    expect(message).toMatch(/^a b c d x+…$/);
    expect(message).toHaveLength(600);
  });

  test('what looks like a credential is taken out of a message', () => {
    const { message } = new KubeError(
      'said "Authorization: Bearer abcdefgh12345" and eyJhbGciOi.eyJzdWIi.c2ln and Basic dXNlcjpwYXNz',
      {},
    );
    expect(message).toBe('said "Authorization: <redacted>" and <redacted> and <redacted>');
  });

  test('of a failure below HTTP the innermost cause is told', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), {
      code: 'ECONNREFUSED',
    });
    const error = networkFailure('GET /x', new TypeError('fetch failed', { cause }));
    expect(error.message).toBe(
      'GET /x failed with ECONNREFUSED (connect ECONNREFUSED 10.0.0.1:443)',
    );
    const header = Object.assign(new Error('invalid header: s3cret'), {
      code: 'UND_ERR_INVALID_ARG',
    });
    expect(networkFailure('GET /x', header).message).toBe('GET /x failed with UND_ERR_INVALID_ARG');
  });
});
