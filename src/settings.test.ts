import { describe, expect, test } from '@jest/globals';
import { defaultSettings } from './core/model/settings.ts';
import { ConfigError, readConfig, settingsOf } from './settings.ts';

const none = { environment: {}, flags: {} };

/** The lines that a wrong configuration is answered with. */
function complaints(sources: Parameters<typeof readConfig>[0]): string[] {
  try {
    readConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('Settings', () => {
  test('have defaults for everything', () => {
    expect(readConfig(none)).toMatchObject({
      ...{ clusterDomain: 'cluster.local', clusterRanges: [], healthPort: 8081, logLevel: 'info' },
      deny: { dns: false, self: false },
      election: { enabled: true, leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 },
    });
  });

  test('come from the file, then from variables, then from flags', () => {
    const file = { rate: 1, concurrency: 2, healthPort: 3, clusterRanges: ['10.0.0.0/8'] };
    const environment = { APPCONN_CONCURRENCY: '20', APPCONN_HEALTH_PORT: '30' };
    const flags = { healthPort: '300', clusterRanges: undefined };
    expect(readConfig({ file, environment, flags })).toMatchObject({
      ...{ rate: 1, concurrency: 20, healthPort: 300, clusterRanges: ['10.0.0.0/8'] },
    });
  });

  test.each([
    [{}, {}, {}, false],
    [{ paused: true }, {}, {}, true],
    [{ paused: true }, { APPCONN_PAUSED: 'false' }, {}, false],
    [{}, { APPCONN_PAUSED: 'true' }, {}, true],
    [{}, { APPCONN_PAUSED: 'false' }, { paused: true }, true],
    [{}, { APPCONN_PAUSED: 'true' }, { paused: 'false' }, false],
  ])('paused is said by the file %j, the variable %j and the flag %j: %p', (...said) => {
    const [file, environment, flags, paused] = said;
    expect(readConfig({ file, environment, flags }).paused).toBe(paused);
  });

  test('paused must be true or false', () => {
    const environment = { APPCONN_PAUSED: 'yes' };
    expect(complaints({ environment, flags: {} })).toEqual(['paused: "yes" must be true or false']);
  });

  test('lists are written with commas outside of the file', () => {
    const environment = { APPCONN_CLUSTER_RANGES: '10.244.0.0/16, fd00::/8' };
    expect(readConfig({ environment, flags: {} }).clusterRanges).toEqual([
      ...['10.244.0.0/16', 'fd00::/8'],
    ]);
  });

  test('every wrong one is named, with what would be right', () => {
    const file = {
      clusterRange: [],
      clusterRanges: ['10.1.0.0/8', '10.0.0.1'],
      deny: { dns: 'yes' },
    };
    const said = complaints({ ...none, file, flags: { rate: 'fast', logLevel: 'loud' } });
    expect(said).toEqual([
      'clusterRanges.0: "10.1.0.0/8" is not a CIDR; write it as 10.0.0.0/8',
      'clusterRanges.1: "10.0.0.1" is not a CIDR; write it as 10.0.0.1/32',
      'deny.dns: "yes" must be true or false',
      'logLevel: "loud" is not one of debug, info, warn, error, silent',
      'rate: "fast" must be a number',
      'settings: there is no field "clusterRange"; did you mean clusterRanges?',
    ]);
  });

  test('a range that no cluster has is refused: it would cut off who says @internet', () => {
    const clusterRanges = ['0.0.0.0/1', '2000::/3', 'fc00::/7', '::/0', '10.0.0.0/8', '16.0.0.0/7'];
    const said = complaints({ ...none, file: { clusterRanges } });
    expect(said).toEqual(
      [0, 1, 3, 5].map(
        (index) =>
          `clusterRanges.${index}: "${clusterRanges[index]}" is larger than the ranges of any cluster and would leave little of @internet; write those of its pods, Services and nodes, none shorter than /8`,
      ),
    );
  });

  test('numbers are told by their bounds, wherever they are written', () => {
    const environment = { APPCONN_CONCURRENCY: '-1', APPCONN_RATE: '1.5' };
    expect(complaints({ file: { healthPort: 65536 }, environment, flags: {} })).toEqual([
      'healthPort: it must be at most 65535; this is 65536',
      'concurrency: it must be at least 1; this is -1',
      'rate: 1.5 must be a whole number',
    ]);
  });

  test('every unknown field has its own line', () => {
    const file = { concurency: 1, 'log\nlevel': 'info', deny: { dsn: true } };
    expect(complaints({ ...none, file })).toEqual([
      'deny: there is no field "dsn"; did you mean dns?',
      'settings: there is no field "concurency"; did you mean concurrency?',
      'settings: there is no field "log\\nlevel"; did you mean logLevel?',
    ]);
  });

  test.each([
    ['cluster.local.', 'cluster.local'],
    ['.cluster.local', 'cluster.local'],
    ['Cluster.Local', 'cluster.local'],
  ])('the cluster domain "%s" is refused with the right form', (clusterDomain, right) => {
    expect(complaints({ ...none, file: { clusterDomain } })).toEqual([
      `clusterDomain: "${clusterDomain}" is not a DNS domain; write it as ${right}`,
    ]);
  });

  test.each([
    ['', 'the name is missing'],
    ['a..b', 'a name has lower-case letters, digits'],
    ['corp_example/x\n', 'a name has lower-case letters, digits'],
    ['a'.repeat(254), 'a name has at most 253 characters'],
  ])('the cluster domain "%s" is refused with the rule', (clusterDomain, rule) => {
    const said = complaints({ ...none, file: { clusterDomain } });
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`is not a DNS domain: ${rule}`);
  });

  test('a variable of ours that does not exist is refused, together with all else', () => {
    const environment = { APPCONN_RAT: '1', APPCONN_KUBECONFIG: '/x', APPCONN_RATE: '0' };
    const known =
      'POD_NAMESPACE, APPCONN_CONTEXT, APPCONN_CLUSTER_DOMAIN, APPCONN_CLUSTER_RANGES, APPCONN_MODE, APPCONN_PAUSED, APPCONN_HEALTH_PORT, APPCONN_LOG_LEVEL, APPCONN_CONCURRENCY, APPCONN_RATE, APPCONN_ELECTION, APPCONN_LEASE_DURATION, APPCONN_RENEW_DEADLINE, APPCONN_RETRY_PERIOD';
    expect(complaints({ environment, flags: {} })).toEqual([
      'APPCONN_RAT: there is no such variable; did you mean APPCONN_RATE?',
      `APPCONN_KUBECONFIG: there is no such variable; there are ${known}`,
      'rate: it must be at least 1; this is 0',
    ]);
  });

  test('what Kubernetes tells a pod of a Service named appconn-… is not taken for a setting', () => {
    const environment = {
      APPCONN_METRICS_SERVICE_HOST: '10.96.0.7',
      APPCONN_METRICS_SERVICE_PORT: '8081',
      APPCONN_METRICS_SERVICE_PORT_HTTP: '8081',
      APPCONN_METRICS_PORT: 'tcp://10.96.0.7:8081',
      APPCONN_METRICS_PORT_8081_TCP: 'tcp://10.96.0.7:8081',
      APPCONN_METRICS_PORT_8081_TCP_ADDR: '10.96.0.7',
      APPCONN_EMPTY: '',
    };
    expect(complaints({ environment, flags: {} })).toEqual([]);
  });

  test('defaultDeny is read into rules; a rule denies both directions, as a default', () => {
    const file = {
      ...{ mode: 'audit', labels: { mode: false }, namespace: 'ops' },
      defaultDeny: {
        rules: [
          { selector: {} },
          {
            selector: {
              matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['b', 'a'] }],
            },
            ...{ directions: 'ingress', strength: 'floor' },
          },
        ],
        exclude: ['legacy'],
      },
    };
    expect(settingsOf(readConfig({ ...none, file }))).toMatchObject({
      ...{ mode: 'audit', labels: { mode: false }, operatorNamespace: 'ops' },
      defaultDeny: {
        rules: [
          { selector: {}, directions: ['Ingress', 'Egress'], strength: 'default' },
          {
            selector: {
              matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a', 'b'] }],
            },
            ...{ directions: ['Ingress'], strength: 'floor' },
          },
        ],
        exclude: ['legacy'],
      },
    });
    expect(settingsOf(readConfig(none))).toEqual(defaultSettings);
  });

  test('a rule of defaultDeny that says nothing, or something else, is refused', () => {
    const rules = [
      {},
      { selector: null },
      { selector: { matchLabels: { team: true } }, directions: 'all', strength: 'hard' },
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      { selector: { labels: {} } },
    ];
    const file = { mode: 'Audit', namespace: 'a.b', defaultDeny: { rules, exclude: ['Legacy'] } };
    const said = complaints({ ...none, file });
    expect(said).toEqual([
      'namespace: a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
      'mode: "Audit" is not one of enforce, audit; did you mean audit?',
      'defaultDeny.rules.0.selector: it is missing; it must be an object with fields',
      'defaultDeny.rules.1.selector: it is null, as a template that renders nothing leaves it; fill it or leave it out',
      'defaultDeny.rules.2.selector.matchLabels.team: true must be a string; write "true", with the quotes',
      'defaultDeny.rules.2.directions: "all" is not one of both, ingress, egress',
      'defaultDeny.rules.2.strength: "hard" is not one of floor, default',
      'defaultDeny.rules.3.selector.matchExpressions.0.values: In and NotIn need at least one of values; Exists and DoesNotExist take none',
      'defaultDeny.rules.4.selector: there is no field "labels"; there are matchLabels, matchExpressions',
      'defaultDeny.exclude.0: a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
    ]);
  });

  test('of the election are one word each for flags and variables, and may be left out in part', () => {
    const file = { election: { enabled: false, leaseDuration: 60 } };
    const environment = { APPCONN_RENEW_DEADLINE: '40', POD_NAMESPACE: 'platform' };
    const flags = { election: 'true', retryPeriod: '0.5' };
    expect(readConfig({ file, environment, flags })).toMatchObject({
      namespace: 'platform',
      election: { enabled: true, leaseDuration: 60, renewDeadline: 40, retryPeriod: 0.5 },
    });
  });

  test.each([
    [
      { leaseDuration: 10 },
      'election.renewDeadline: 10 must be less than leaseDuration, which is 10: a leader must have stopped before another begins',
    ],
    [
      { renewDeadline: 2.4 },
      'election.retryPeriod: 2 must be less than renewDeadline / 1.2, which is 2: a leader needs time for another attempt',
    ],
    [{ leaseDuration: 15.5 }, 'election.leaseDuration: 15.5 must be a whole number'],
    [{ leaseDuration: 601 }, 'election.leaseDuration: it must be at most 600; this is 601'],
    [{ retryPeriod: 0 }, 'election.retryPeriod: it must be at least 0.1; this is 0'],
  ])('an election that could have two leaders, or none, is refused: %j', (election, complaint) => {
    expect(complaints({ ...none, file: { election } })).toEqual([complaint]);
  });

  test('an election that is no mapping is refused, whatever a variable says', () => {
    const environment = { APPCONN_ELECTION: 'maybe' };
    expect(complaints({ environment, flags: {} })).toEqual([
      'election.enabled: "maybe" must be true or false',
    ]);
    const said = complaints({ file: { election: true }, environment, flags: {} });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^election: /);
  });

  test('a namespace of its own that cannot be one is refused', () => {
    expect(complaints({ ...none, file: { namespace: 'My Namespace' } })).toEqual([
      'namespace: a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
    ]);
  });

  test('a file that is no mapping is refused', () => {
    expect(complaints({ ...none, file: ['a'] })).toEqual([
      'the configuration file must be a YAML mapping',
    ]);
  });
});
