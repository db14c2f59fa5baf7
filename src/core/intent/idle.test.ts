import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, workload } from '../../../test/hard-cases/given.ts';

const shop = namespace('shop');
const contradiction =
  'selects nothing: what it requires of one label contradicts itself, and no pod or namespace can have it';

describe('A selector that contradicts itself', () => {
  test.each([
    ['pods(tier=api, tier!=api)'],
    ['pods(tier, !tier)'],
    ['pods(tier in (a), tier in (b))'],
    ['pods(tier=api) in namespaces(team=a, !team)'],
    ['namespaces(team in (a, b), team notin (a, b))'],
  ])('is told of an entry: %s', (text) => {
    const { messages } = given([shop, workload('shop/web', { talksTo: `${text}, @internet` })]);
    expect(messages).toContain(`"${text}" ${contradiction}`);
  });

  test.each([['pods(tier=api, tier!=web)'], ['namespaces(team notin (a, b))']])(
    'is none where something may match: %s',
    (text) => {
      const { codes } = given([shop, workload('shop/web', { talksTo: text })]);
      expect(codes).not.toContain('SelectsNothing');
    },
  );

  test('is told of a resource that speaks for such pods, and of its entries', () => {
    const selector = {
      matchLabels: { tier: 'api' },
      matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['api'] }],
    };
    const { messages } = given([
      shop,
      resource('shop/tier', { selector, talksTo: [{ pods: { selector } }] }),
    ]);
    expect(messages).toContain(`"spec.selector" ${contradiction}`);
    expect(messages.filter((message) => message.includes(contradiction))).toHaveLength(2);
  });
});
