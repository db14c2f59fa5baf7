import { describe, expect, test } from '@jest/globals';
import type { ListedConnection } from '../../src/cli/changes.ts';
import type { PlannedPolicy, PlanReport } from '../../src/cli/plan-report.ts';
import { formatPlanJson, formatPlanText } from '../../src/cli/plan-text.ts';
import {
  everyPort,
  type PortSet,
  portSetOf,
  subtractPorts,
} from '../../src/core/reach/port-set.ts';

const http = portSetOf([{ protocol: 'TCP', first: 80, last: 80 }]);
const policy: PlannedPolicy = {
  action: 'update',
  ...{
    namespace: 'shop',
    name: 'appconn-web',
    for: 'Deployment/web',
    change: '-1 peer',
    writes: 2,
  },
};

function report(lost: readonly ListedConnection[], total = lost.length): PlanReport {
  const gained = { total: 0, listed: [] };
  return { policies: [policy], gained, lost: { total, listed: lost }, findings: [] };
}

function linesOf(lost: readonly ListedConnection[], total?: number): string[] {
  const lines = formatPlanText(report(lost, total)).split('\n');
  return lines.slice(3, lines.indexOf('No connection would be gained.') - 1);
}

function connection(from: string, to: string, ports: PortSet = everyPort): ListedConnection {
  return { from, to, ports };
}

describe('A plan in lines', () => {
  test('says of a policy in how many writes it changes', () => {
    expect(formatPlanText(report([])).split('\n').slice(0, 4)).toEqual([
      'NetworkPolicies: 0 would be created, 1 updated, 0 deleted.',
      '  update shop/appconn-web for Deployment/web: -1 peer (in 2 writes)',
      '',
      'No connection would be lost.',
    ]);
  });

  test('puts connections of one end together, on the side where most others stand', () => {
    const senders = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((from) => connection(from, 'db'));
    const more = [connection('a', 'x', http), connection('a', 'y', http)];
    expect(linesOf([...senders, ...more])).toEqual([
      'Connections that would be lost: 9.',
      '  a, b, c, d, e and 2 more -> db: all ports',
      '  a -> x, y: 80/TCP',
    ]);
  });

  test('names both families of the outside by one word, and one of them by its own', () => {
    const both = ['outside (IPv4)', 'outside (IPv6)'].map((from) => connection(from, 'db'));
    expect(linesOf(both).at(-1)).toBe('  outside -> db: all ports');
    expect(linesOf(both.slice(0, 1)).at(-1)).toBe('  outside (IPv4) -> db: all ports');
  });

  test('says which ports are kept where those are fewer', () => {
    const lines = linesOf([connection('web', 'db', subtractPorts(everyPort, http))]);
    expect(lines.at(-1)).toBe('  web -> db: all ports but 80/TCP');
  });

  test('says when not all connections are shown', () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      connection(`from-${index}`, `to-${index}`),
    );
    const lines = linesOf(many);
    expect(lines[0]).toBe('Connections that would be lost: 300, of which these are the first.');
    expect(lines).toHaveLength(201);
    const [one] = linesOf([connection('a', 'b')], 20_000);
    expect(one).toBe('Connections that would be lost: 20000, of which these are the first.');
  });
});

test('A plan as JSON has its version, and exact ports', () => {
  const lost = [connection('web', 'db', subtractPorts(everyPort, http)), connection('web', 'x')];
  expect(JSON.parse(formatPlanJson(report(lost, 12_345)))).toEqual({
    version: 1,
    policies: [policy],
    connections: {
      gained: { total: 0, listed: [] },
      lost: {
        total: 12_345,
        listed: [
          {
            ...{ from: 'web', to: 'db' },
            ports: ['1-79/TCP', '81-65535/TCP', '1-65535/UDP', '1-65535/SCTP'],
          },
          { from: 'web', to: 'x', ports: ['all'] },
        ],
      },
    },
    findings: [],
  });
});
