import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadRecords } from '../../src/cli/load.ts';
import { type InputProblem, readManifests, UsageError } from '../../src/cli/manifests.ts';
import { render } from '../../src/cli/render.ts';
import { readConfig, settingsOf } from '../../src/settings.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-manifests-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string) {
  const { manifests, problems } = readManifests(['-'], () => text);
  const loaded = loadRecords(manifests, 'default');
  return { ...loaded, problems: [...problems, ...loaded.problems] };
}

function lines(problems: readonly InputProblem[]): string[] {
  return problems.map(({ place, message }) => `${place}: ${message}`);
}

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

describe('Merge keys', () => {
  const web = { group: 'apps', kind: 'Deployment', namespace: 'default', name: 'web' };
  const text = `apiVersion: apps/v1
kind: Deployment
x-notes: &notes
  appconnectivity.dev/talks-to: cart
  appconnectivity.dev/dns: deny
metadata:
  name: web
  annotations:
    <<: *notes
    appconnectivity.dev/dns: allow
spec:
  template:
    metadata: &labels {labels: {app: web}}
  selector: {matchLabels: {<<: [{app: web}, {app: no}]}}
`;

  test('are applied as kubectl applies them: what is written beside them wins', () => {
    const { records, problems } = load(text);
    expect(problems).toEqual([]);
    expect(records).toMatchObject([
      {
        texts: { 'appconnectivity.dev/talks-to': 'cart', 'appconnectivity.dev/dns': 'allow' },
        selector: { matchLabels: { app: 'web' } },
      },
    ]);
  });

  test('leave every field its place, merged ones where they are written', () => {
    const { locate } = load(text);
    const annotation = (key: string, offset?: number) =>
      locate(web, ['metadata', 'annotations', `appconnectivity.dev/${key}`], offset);
    expect(annotation('talks-to', 2)).toBe('stdin:4:35');
    expect(annotation('dns')).toBe('stdin:10:30');
    expect(annotation('self')).toBe('stdin:9:5');
  });

  test('of something that is no mapping are a problem of that document only', () => {
    const { records, problems } = load(`${namespace('a')}---\n<<: 3\n---\n${namespace('b')}`);
    expect(records).toHaveLength(2);
    expect(lines(problems)).toEqual(['stdin:5:1: Merge sources must be maps or map aliases']);
  });
});

describe('An alias into the value it stands in is a problem, and stops nothing else', () => {
  const endless = 'this alias leads back into the value that it stands in; write the value out';

  test('a list in itself', () => {
    const text = `&a
apiVersion: v1
kind: List
items:
- *a
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
`;
    const { records, problems } = load(text);
    expect(records).toMatchObject([{ name: 'shop' }]);
    expect(lines(problems)).toEqual([`stdin:5:3: ${endless}`]);
  });

  test('a typed list below itself, and a field of an object', () => {
    const text = `apiVersion: v1
kind: NamespaceList
items: &i
- {kind: NamespaceList, items: *i}
- {metadata: {name: shop}}
- metadata: &m
    name: loop
    labels: {all: *m}
`;
    const { records, problems } = load(text);
    expect(records.length).toBeGreaterThan(0);
    expect(lines(problems)).toContain(`stdin:4:3: ${endless}`);
    expect(lines(problems)).toContain(`stdin:8:19: ${endless}`);
  });

  test('an alias used twice side by side is fine', () => {
    const text = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: &l {a: b}, annotations: *l}
`;
    expect(load(text)).toMatchObject({ records: [{ name: 'shop' }], problems: [] });
  });
});

describe('A name that Kubernetes refuses gives no record', () => {
  const rule =
    'a name has lower-case letters, digits, "-" and ".", and begins and ends with a letter or digit';
  const namespaceRule = 'the name of a namespace has lower-case letters, digits and "-" only';
  const metadata = (text: string) => `metadata: {${text}}`;

  test.each([
    ['a/b', 'v1', 'Service', 'name: a/b', `Service: metadata.name: "a/b" is no name: ${rule}`],
    [
      'two lines',
      'v1',
      'Node',
      'name: "a\\nb"',
      `Node: metadata.name: "a\\nb" is no name: ${rule}`,
    ],
    [
      'a namespace a.b',
      'v1',
      'Namespace',
      'name: a.b',
      `Namespace: metadata.name: "a.b" is no namespace: ${namespaceRule}`,
    ],
    [
      'in Bad_NS',
      'networking.k8s.io/v1',
      'NetworkPolicy',
      'name: x, namespace: Bad_NS',
      `NetworkPolicy: metadata.namespace: "Bad_NS" is no namespace: ${namespaceRule}`,
    ],
    ['no name', 'v1', 'Service', 'name: ""', 'Service: metadata.name: the name is missing'],
  ])('%s', (_what, apiVersion, kind, names, message) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\n${metadata(names)}\n`;
    const { records, problems } = load(text);
    expect(records).toEqual([]);
    expect(lines(problems)).toEqual([expect.stringMatching(/^stdin:3:\d+: /)]);
    expect(problems[0]?.message).toBe(message);
  });

  test('an empty namespace is as good as none', () => {
    for (const given of ['""', 'null', '']) {
      const text = `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: ${given}}`;
      expect(load(text)).toMatchObject({ records: [{ namespace: 'default' }], problems: [] });
    }
  });
});

test.each([
  ['', '-n "": the namespace is missing'],
  ['Bad_NS/x', '-n "Bad_NS/x": the name of a namespace has lower-case letters, digits and "-"'],
])('-n "%s" is wrong usage', (name, sentence) => {
  const settings = settingsOf(readConfig({ environment: {}, flags: {} }));
  const options = { paths: ['-'], namespace: name, output: 'yaml', settings } as const;
  const attempt = () => render(options, () => namespace('shop'));
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(sentence);
});

test('a List whose items are no list is told', () => {
  expect(lines(load('apiVersion: v1\nkind: List\nitems: {a: 1}\n').problems)).toEqual([
    'stdin:3:8: a List has its objects under items, as a list',
  ]);
});

describe('JSON', () => {
  const list = `{
  "apiVersion": "v1", "kind": "List",
  "items": [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "Shop"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
  ]
}`;

  test('is read as what it is, and what is wrong in it has its place', () => {
    const { records, problems } = load(list);
    expect(records).toMatchObject([{ name: 'shop' }]);
    expect(lines(problems)).toEqual([expect.stringMatching(/^stdin:4:68: .*"Shop"/)]);
  });

  test('that is cut off is told where, as YAML is', () => {
    expect(lines(load(list.slice(0, -1)).problems)).toEqual([
      expect.stringMatching(/^stdin:\d+:\d+: /),
    ]);
  });

  test('of flow style that is no JSON is YAML', () => {
    const { records } = load('{apiVersion: v1, kind: Namespace, metadata: {name: shop}}');
    expect(records).toMatchObject([{ name: 'shop' }]);
  });
});

describe('What is written for us on a kind that is not read is said', () => {
  const template = '{metadata: {annotations: {appconnectivity.dev/talks-to: x}}}';

  const remedy =
    'is not read; put it on the workload whose pods are meant, or, if this is one, add its kind to workloads.kinds in the settings';

  test.each([
    ['CloneSet', `{template: ${template}}`],
    ['AdvancedCronJob', `{jobTemplate: {spec: {template: ${template}}}}`],
  ])('on the pod template of a %s', (kind, spec) => {
    const path = join(folder, `${kind}.yaml`);
    writeFileSync(
      path,
      `apiVersion: apps.kruise.io/v1\nkind: ${kind}\nmetadata: {name: j}\nspec: ${spec}\n`,
    );
    const { manifests } = readManifests([path], () => '');
    const { problems } = loadRecords(manifests, 'default');
    const message = `appconnectivity.dev/talks-to on the pod template of a ${kind} (apps.kruise.io/v1) ${remedy}`;
    expect(problems).toMatchObject([{ message }]);
    expect(problems[0]?.place).toMatch(/\.yaml:4:\d\d+$/);
  });

  test.each([
    ['a Pod, which is no workload unless it is configured', 'v1', 'Pod'],
    ['an Ingress, which is read for its backends only', 'networking.k8s.io/v1', 'Ingress'],
  ])('on %s', (_what, apiVersion, kind) => {
    const annotations = 'annotations: {appconnectivity.dev/talks-to: x}';
    const object = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, ${annotations}}`;
    expect(lines(load(object).problems)).toEqual([
      `stdin:3:65: appconnectivity.dev/talks-to on a ${kind} (${apiVersion}) ${remedy}`,
    ]);
  });

  test('not on the ReplicaSet of a Deployment, which has its annotations copied', () => {
    const owners = 'ownerReferences: [{kind: Deployment, name: web, controller: true}]';
    const annotations = 'annotations: {appconnectivity.dev/talks-to: x}';
    const object = `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {${owners}, ${annotations}}`;
    expect(load(object).problems).toEqual([]);
  });

  test('on the object itself, and on nothing that is null', () => {
    const head = 'apiVersion: apps.kruise.io/v1\nkind: CloneSet\n';
    const own = `${head}metadata: {annotations: {appconnectivity.dev/dns: x}}\nspec: {template: null}`;
    expect(lines(load(own).problems)).toEqual([
      `stdin:3:51: appconnectivity.dev/dns on a CloneSet (apps.kruise.io/v1) ${remedy}`,
    ]);
    expect(load(`${head}metadata: null\nspec: {template: {metadata: 3}}`).problems).toEqual([]);
  });
});

test('A value that is nested without end is a problem with a sentence, and stops nothing', () => {
  const { manifests, problems } = readManifests(
    ['-'],
    () => `${namespace('shop')}---\n${'['.repeat(20_000)}\n---\n${namespace('bank')}`,
  );
  expect(problems.map(({ message }) => message)).toContain('it is nested too deeply to be read');
  expect(manifests.map(({ kind }) => kind)).toContain('Namespace');
});
