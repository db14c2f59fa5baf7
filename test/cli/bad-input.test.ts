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
