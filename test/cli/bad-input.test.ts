import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { render } from '../../src/cli/render.ts';
import type { FindingCode } from '../../src/core/model/finding.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { severityOf } from '../../src/core/status/messages.ts';
import { refusedEntries } from '../support/spec-page.ts';

function deployment(name: string, talksTo: string): string {
  const labels = { app: name };
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'appconnectivity.dev/talks-to': talksTo } },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
  });
}

describe('appconn render of an entry that cannot be read', () => {
  test.each(refusedEntries())(
    '%s: says so at its place, and stops nothing else',
    (text, reason) => {
      const input = [deployment('bad', text), deployment('good', 'none')].join('---\n');
      const options = { paths: ['-'], namespace: 'default', settings: defaultSettings };
      const { output, messages, exitCode } = render({ ...options, output: 'yaml' }, () => input);
      expect(severityOf(reason as FindingCode)).toBe('error');
      expect(exitCode).toBe(1);
      const errors = messages.filter((message) => message.includes(': error: '));
      expect(errors.length).toBeGreaterThan(0);
      for (const error of errors) expect(error).toMatch(/^stdin:6:\d+: error: ./);
      expect(output).toContain('Deployment/good');
      expect(output).not.toContain('Deployment/bad');
    },
  );
});

test('appconn render of a webhook configuration of which one Service cannot be read says where, and takes the others', () => {
  const labels = { app: 'hook' };
  const service = (name: string) => ({ clientConfig: { service: { namespace: 'default', name } } });
  const objects = [
    {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      ...{ metadata: { name: 'hooks' }, webhooks: [service('A b'), service('hook')] },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' } },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 9443 }] },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name: 'hook', annotations: { 'appconnectivity.dev/accepts-from': 'ns/default' } },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
    },
  ];
  const parties = { ...defaultSettings.parties, apiServerSources: ['192.0.2.0/28'] };
  const options = { paths: ['-'], namespace: 'default', settings: { ...defaultSettings, parties } };
  const input = objects.map((each) => stringify(each)).join('---\n');
  const { output, messages, exitCode } = render({ ...options, output: 'yaml' }, () => input);
  expect(messages.filter((message) => message.includes(': error: '))).toEqual([
    expect.stringMatching(
      /^stdin:9:\d+: error: MutatingWebhookConfiguration\/hooks: webhooks\.0\./,
    ),
  ]);
  expect(exitCode).toBe(1);
  expect(output).toContain('192.0.2.0/28');
});
