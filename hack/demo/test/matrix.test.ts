import { describe, expect, test } from '@jest/globals';
import { countOf, reachOf, renderMatrix, sentenceOf } from '../packets/matrix.ts';

const places = [
  { name: 'web', port: 80 },
  { name: 'db', port: 5432 },
  { name: 'out', port: 443 },
];
const dialled = [
  { from: 'web', to: 'db', ended: 'open' },
  { from: 'web', to: 'out', ended: 'dropped' },
  { from: 'db', to: 'web', ended: 'refused' },
  { from: 'db', to: 'out', ended: 'open' },
  { from: 'out', to: 'web', ended: 'dropped' },
];

describe('What was dialled', () => {
  test('stands from the left to the top', () => {
    expect(renderMatrix(places, dialled, { web: ['db'] })).toEqual([
      '     web:80   db:5432  out:443',
      'web           ●        ·',
      'db   refused           ●',
      'out  ·',
    ]);
  });

  test('reaches whom it opened, and what is neither open nor dropped is told', () => {
    const reach = reachOf(places, dialled);
    expect(reach).toEqual({ web: ['db'], db: ['web: refused', 'out'], out: [] });
    expect(countOf(reach)).toBe(3);
  });

  test('is said in a sentence', () => {
    expect(sentenceOf('web', ['db', 'out'])).toBe('web reaches db, out and nobody else');
    expect(sentenceOf('out', [])).toBe('out reaches nobody');
  });
});
