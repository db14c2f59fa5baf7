import { describe, expect, test } from '@jest/globals';
import { ConfigError, readConfig } from './settings.ts';

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
    expect(said.join('\n')).toContain('clusterRange');
    expect(said).toContain('clusterRanges.0: "10.1.0.0/8" is not a CIDR; write it as 10.0.0.0/8');
    expect(said).toContain('clusterRanges.1: "10.0.0.1" is not a CIDR; write it as 10.0.0.1/32');
    expect(said.some((line) => line.startsWith('deny.dns: '))).toBe(true);
    expect(said.some((line) => line.startsWith('rate: '))).toBe(true);
    expect(said.some((line) => line.startsWith('logLevel: '))).toBe(true);
  });

  test('a file that is no mapping is refused', () => {
    expect(complaints({ ...none, file: ['a'] })).toEqual([
      'the configuration file must be a YAML mapping',
    ]);
  });
});
