import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { environment } from './appconn.ts';
import { createQuestions, shop } from './questions.ts';

const { write, canReach, remove } = createQuestions();
afterAll(remove);

describe('can-reach --queries', () => {
  const queries = [
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: 8080, protocol: 'TCP' },
    { from: 'shop/pod/gone', to: 'shop/pod/cart', port: 80 },
    { from: 'shop/pod/other', to: 'shop/pod/cart', port: '8080', protocol: null },
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: 0 },
    { from: '192.0.2.1', to: 'shop/pod/web' },
    { from: 'shop/pod/web' },
    null,
    { from: 'shop/pod/web', to: 'shop/pod/cart', port: true },
  ];

  test('answers in order, with errors in their place', () => {
    const args = ['-f', write('shop.yaml', shop), '--queries', '-'];
    const { status, stdout, stderr } = canReach([...args, '-o', 'json'], JSON.stringify(queries));
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      {
        allowed: true,
        ingress: true,
        egress: true,
        reasons: [expect.anything(), expect.anything()],
      },
      { error: '"shop/pod/gone" is not in the input' },
      { allowed: false, ingress: false, egress: true, reasons: expect.anything() },
      { error: '0 is no port; ports are 1 to 65535' },
      { allowed: true, ingress: true, egress: true, reasons: expect.anything() },
      { error: expect.stringMatching(/^to: .*; a question is \{"from": "…", /) },
      { error: expect.stringMatching(/; a question is \{"from": "…", /) },
      { error: expect.stringMatching(/^port: a port is a number or a name; a question is /) },
    ]);
    const text = canReach(args, JSON.stringify(queries.slice(0, 3)));
    expect(text.stdout.split('\n').map((line) => line.slice(0, 19))).toEqual([
      ...['yes: Pod/shop/web m', 'error: question 2: ', 'no: Pod/shop/other ', ''],
    ]);
  });

  test('takes more questions than it writes at once, and ends with 1 for one no', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => ({
      ...{ from: 'shop/pod/web', to: 'shop/pod/cart', port: index === 7000 ? 81 : 8080 },
    }));
    const path = write('many.json', JSON.stringify(many));
    const { status, stdout } = canReach(['-f', '-', '--queries', path, '-o', 'json'], shop);
    expect(status).toBe(1);
    const answers = JSON.parse(stdout) as { allowed: boolean }[];
    expect(answers).toHaveLength(many.length);
    expect(answers.findIndex(({ allowed }) => !allowed)).toBe(7000);
  });

  test('ends without a trace when nobody reads on', () => {
    const many = Array.from({ length: 5000 }, () => queries[0]);
    const [manifests, questions] = [
      write('shop.yaml', shop),
      write('q.json', JSON.stringify(many)),
    ];
    const command = `"$NODE" src/main.ts can-reach -f ${manifests} --queries ${questions} | head -c 4`;
    const env = { ...environment, NODE: process.execPath };
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env });
    expect({ stdout, stderr }).toEqual({ stdout: 'yes:', stderr: '' });
  });

  test('refuses a file that is no list of questions', () => {
    const refused = (text: string, ...args: string[]) =>
      canReach(['-f', write('shop.yaml', shop), '--queries', '-', ...args], text);
    expect(refused('{"from": "a"}')).toEqual({
      ...{ status: 2, stdout: '' },
      stderr:
        'error: - is no list of questions: [{"from": "…", "to": "…", "port": 80, "protocol": "TCP"}]\n',
    });
    expect(refused('{').stderr).toMatch(/^error: - is no JSON: .*\n$/);
    expect(refused('[]', 'a', 'b').stderr).toBe(
      'error: give FROM and TO, or --queries, not both\n',
    );
    expect(refused('\uFEFF[]', '-o', 'json')).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
  });
});

describe('the policies that the authors of Online Boutique wrote', () => {
  const boutique = 'examples/online-boutique';
  const files = [`${boutique}/kubernetes-manifests.yaml`, `${boutique}/upstream-network-policies`];

  test('allow the calls of the shop and no others', () => {
    const calls: readonly (readonly [string, string, number, boolean])[] = [
      ['deployment/loadgenerator', 'svc/frontend', 80, true],
      ['deployment/frontend', 'svc/cartservice', 7070, true],
      ['deployment/checkoutservice', 'svc/cartservice', 7070, true],
      ['deployment/cartservice', 'svc/redis-cart', 6379, true],
      ['deployment/checkoutservice', 'svc/paymentservice', 50051, true],
      ['deployment/frontend', 'svc/frontend-external', 80, true],
      ['deployment/frontend', 'svc/redis-cart', 6379, false],
      ['deployment/adservice', 'svc/cartservice', 7070, false],
      ['deployment/frontend', 'deployment/cartservice', 7071, false],
      ['deployment/frontend', 'svc/paymentservice', 50051, false],
      ['deployment/cartservice', '203.0.113.7', 443, true],
      ['203.0.113.7', 'svc/frontend', 80, true],
      ['203.0.113.7', 'svc/redis-cart', 6379, false],
    ];
    const questions = calls.map(([from, to, port]) => ({ from, to, port }));
    const args = files.flatMap((path) => ['-f', path]);
    const { status, stdout } = canReach(
      [...args, '--queries', '-', '-o', 'json'],
      JSON.stringify(questions),
    );
    expect(status).toBe(1);
    const answers = JSON.parse(stdout) as { allowed: boolean }[];
    expect(answers.map(({ allowed }) => allowed)).toEqual(calls.map(([, , , allowed]) => allowed));
  });

  test('are what the example of the documentation asks about, and it answers as printed there', () => {
    const text = readFileSync('docs/cli.md', 'utf8');
    const blocks = text.matchAll(
      /```console\n\$ appconn can-reach ((?:.*\\\n)*.*)\n([\s\S]*?)```/g,
    );
    const shown = [...blocks].map(([, args = '', output = '']) => ({ args, output }));
    expect(shown.length).toBeGreaterThanOrEqual(2);
    for (const { args, output } of shown) {
      const { stdout } = canReach(args.split(/[\s\\]+/));
      expect(stdout.replaceAll(/\s+/g, ' ')).toBe(output.replaceAll(/\s+/g, ' '));
    }
  });
});
