import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ControlPlane, startControlPlane } from '../../hack/control-plane/control-plane.ts';
import { readResource } from '../../src/core/intent/resource.ts';
import type { Finding } from '../../src/core/model/finding.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { blocks, ports } from './bad-numbers.ts';
import { names, parties } from './bad-parties.ts';
import { nulls, selectors, whole } from './bad-wholes.ts';
import { goodForServerOnly, goodResources } from './good-resources.ts';
import { talksTo } from './resources.ts';
import { installDefinition, judgeByServer } from './server.ts';

const MINUTE = 60_000;
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false });
  await installDefinition(plane);
}, MINUTE);

afterAll(() => plane?.stop(), MINUTE);

function judge(spec: unknown) {
  const record = { kind: 'AppConnectivity', namespace: 'shop', name: 'checkout' } as const;
  const read = readResource(
    { ...record, uid: '', resourceVersion: '', generation: 1, spec, status: undefined },
    defaultSettings,
  );
  // That nothing was accepted before is said as well, and is no verdict.
  const findings = read.findings.filter(({ code }) => code !== 'NothingAccepted');
  return { ...read, findings };
}

/** Our findings as one text a line: the place and the sentence. */
function say(findings: readonly Finding[]): string {
  return findings
    .map(({ code, data }) => ('field' in data ? `${data.field}: ${data.problem}` : code))
    .join('\n');
}

describe('a malformed resource is refused by the API server and by us, each in a clear sentence', () => {
  const bad = [whole, nulls, selectors, parties, names, blocks, ports].flat();
  test.each(bad.map((each) => [each.wrong, each] as const))('%s', async (_, resource) => {
    const [field, problem] = resource.ours;
    expect(await judgeByServer(plane, resource.spec)).toContain(resource.server ?? problem);
    const { findings } = judge(resource.spec);
    expect(say(findings)).toContain(`${field}: ${problem}`);
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['InvalidField']));
  });
});

describe('a well-formed resource is accepted by the API server and by us', () => {
  test.each(goodResources)('%s', async (_, spec) => {
    expect(await judgeByServer(plane, spec)).toBeUndefined();
    const { findings, subject, declarations } = judge(spec);
    expect(say(findings)).toBe('');
    expect(subject).toBeDefined();
    expect(declarations.length).toBeGreaterThan(0);
  });
});

describe('what the server cannot know is accepted there and a finding of ours', () => {
  test.each(goodForServerOnly)('%s', async (_, spec, code) => {
    expect(await judgeByServer(plane, spec)).toBeUndefined();
    expect(new Set(judge(spec).findings.map((finding) => finding.code))).toEqual(new Set([code]));
  });
});

describe('an invalid direction', () => {
  test('is not accepted as a whole, and the other one stands', () => {
    const spec = { ...talksTo({ cidr: { block: 'office' } }), acceptsFrom: [{ nobody: true }] };
    const { declarations, findings } = judge(spec);
    expect(declarations.map(({ direction }) => direction)).toEqual(['Ingress']);
    expect(findings).toHaveLength(1);
  });

  test('never puts control characters of its text into a message', () => {
    const spec = talksTo(
      { cidr: { block: '10.0.0.1\u001b[2J\n/8' } },
      { entity: 'a\u0007\u202eb' },
    );
    expect(say(judge(spec).findings).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
