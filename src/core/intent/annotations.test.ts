import { describe, expect, test } from '@jest/globals';
import type { NamespaceRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { placeOf } from '../status/events.ts';
import { messageOf } from '../status/messages.ts';
import { readNamespace } from './annotations.ts';
import { allowDeletionsUntil } from './keys.ts';

function read(until?: string) {
  const texts = until === undefined ? {} : { [allowDeletionsUntil]: until };
  const record: NamespaceRecord = {
    ...{ kind: 'Namespace', name: 'shop', uid: '', labels: {}, terminating: false },
    texts,
  };
  const { deletionsUntil, findings } = readNamespace(record, defaultSettings);
  const said = findings.map((each) => `${placeOf(each)}: ${messageOf(each)}`);
  return { until: deletionsUntil && new Date(deletionsUntil).toISOString(), said };
}

describe('allow-deletions-until on a Namespace', () => {
  test('says nothing where it is not written', () => {
    expect(read()).toEqual({ until: undefined, said: [] });
  });

  test.each([
    ['2026-11-25T18:00:00Z', '2026-11-25T18:00:00.000Z'],
    ['2026-11-25t18:00:00z', '2026-11-25T18:00:00.000Z'],
    [' 2026-11-25T18:00:00Z\n', '2026-11-25T18:00:00.000Z'],
    ['2026-11-25T18:00:00.5Z', '2026-11-25T18:00:00.500Z'],
    ['2026-11-25T18:00:00+02:00', '2026-11-25T16:00:00.000Z'],
    ['2028-02-29T00:00:00-00:30', '2028-02-29T00:30:00.000Z'],
  ])('is an RFC 3339 time: %s', (text, until) => {
    expect(read(text)).toEqual({ until, said: [] });
  });

  test.each([
    ...['', 'true', 'soon', '10m', '2099', '2099-01-01', '4102444800', 'Jan 1 2099'],
    ...['2099-01-01T00:00:00', '2099-01-01 00:00:00Z', '2099-01-01T00:00Z'],
    ...['2099-02-30T00:00:00Z', '2099-13-01T00:00:00Z', '2099-01-01T24:00:00Z'],
    ...['2099-01-01T00:00:00+2:00', '2099-01-01T00:00:00+24:00'],
  ])('releases nothing where it is none, and says what would be right: "%s"', (text) => {
    expect(read(text)).toEqual({
      until: undefined,
      said: [
        `metadata.annotations.${allowDeletionsUntil}: ${allowDeletionsUntil} cannot be "${text}"; write an RFC 3339 time, such as 2026-11-25T18:00:00Z`,
      ],
    });
  });
});
