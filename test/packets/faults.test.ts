import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Agent } from '../../hack/enforcement/agent.ts';
import { findEnforcement } from '../../hack/enforcement/binaries.ts';
import { must } from '../../hack/enforcement/engine.ts';
import { askedAddress } from '../../hack/enforcement/node.ts';
import { MINUTE } from '../e2e/support/cluster.ts';
import { namespace, pod, workload } from '../e2e/support/objects.ts';
import { whenLiveIsRendered } from '../e2e/support/render.ts';
import { eventually } from '../e2e/support/wait.ts';
import { attemptsByAddress } from './support/attempts.ts';
import { takePicture } from './support/picture.ts';
import { podsOf, type Stage, startStage } from './support/stage.ts';
import { mismatchesOf } from './support/verdicts.ts';

jest.setTimeout(2 * MINUTE);

const ports = [{ containerPort: 8080 }];
const plain = { ports, replicas: 1 };

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  await cluster.apply(namespace('shop', 'true'));
  await cluster.apply(
    workload('shop/web', { ...plain, talksTo: 'cart' }),
    ...[workload('shop/cart', plain), workload('shop/other', plain)],
  );
  await whenLiveIsRendered(cluster);
});

afterAll(async () => {
  await stage?.stop();
});

async function wrong(seconds: number): Promise<string[]> {
  const pods = await podsOf(stage, ['shop']);
  const attempts = attemptsByAddress(await takePicture(stage.cluster), pods);
  return mismatchesOf(stage.rig.agent, attempts, seconds);
}

describe('Packets see what reach says again', () => {
  test('after the engine was killed and started again', async () => {
    expect(await wrong(5)).toEqual([]);
    await stage.rig.killEngine();
    await stage.rig.restartEngine();
    expect(await wrong(10)).toEqual([]);
  });

  test('after the API server was killed, and a declaration changed when it was back', async () => {
    const { cluster, rig } = stage;
    await rig.plane.stopApiServer();
    await rig.plane.startApiServer();
    await eventually(() => cluster.apply(workload('shop/web', { ...plain, talksTo: 'other' })), 30);
    await whenLiveIsRendered(cluster);
    expect(await wrong(15)).toEqual([]);
  });
});

describe('The node tells what it cannot do, and goes on with the rest:', () => {
  const asking = (name: string, addresses: string) => {
    const { metadata, ...rest } = pod(`shop/${name}`, { app: name });
    return { ...rest, metadata: { ...metadata, annotations: { [askedAddress]: addresses } } };
  };

  test('two pods with one address, and one with none', async () => {
    const { cluster, rig } = stage;
    const [[first = '', [taken = ''] = []] = []] = [...rig.node.pods];
    await cluster.apply(asking('twin', taken), asking('nowhere', 'nonsense'));
    await eventually(() => {
      expect(rig.node.problems).toEqual([
        `shop/twin: ${first} has the address ${taken} already`,
        'shop/nowhere: shop/nowhere: "nonsense" is no address',
      ]);
    });
    const picture = await takePicture(cluster);
    expect(() => attemptsByAddress(picture, ['shop/nowhere'])).toThrow(
      'shop/nowhere has no address, so that nobody can dial it',
    );
    await cluster.remove(asking('twin', taken));
    await cluster.remove(asking('nowhere', 'nonsense'));
    await eventually(() => expect(rig.node.problems).toEqual([]));
    expect(await wrong(10)).toEqual([]);
  });

  test('a probe whose agent hangs, or is gone, ends with a sentence', async () => {
    const agent = new Agent((await findEnforcement()).agent, 1000);
    agent.signal('SIGSTOP');
    await expect(agent.setNames({})).rejects.toThrow('the agent has not answered for 1 s');
    agent.signal('SIGCONT');
    await agent.setNames({});
    agent.signal('SIGSTOP');
    const asked = agent.setNames({});
    agent.signal('SIGKILL');
    await expect(asked).rejects.toThrow(/^the agent ended: /);
    await agent.stop();
  });
});

describe('Nothing is left behind', () => {
  /** Of this network, which the other one is made from: links, rules, namespaces and processes. */
  async function everything() {
    const links = await must('ip', ['-o', 'link']);
    const rules = await Promise.all(
      ['iptables-save', 'ip6tables-save'].map((each) => must(each, [])),
    );
    const counted = rules.map((text) => text.replaceAll(/^#.*$|\[\d+:\d+\]/gm, ''));
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const spaces = await must('lsns', ['--noheadings', '--output', 'TYPE']);
    return {
      links: links.replaceAll(/ state .*$/gm, ''),
      rules: counted,
      namespaces: spaces
        .split('\n')
        .map((type) => type.trim())
        .sort(),
      processes: processes.length,
    };
  }

  test.each(['SIGINT', 'SIGKILL'] as const)('by a node whose starter got %s', async (signal) => {
    const before = await everything();
    const args = [
      'hack/enforcement/private.sh',
      'node',
      'hack/enforcement/main.ts',
      '--engine',
      'none',
    ];
    const child = spawn('bash', args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually(() => expect(said).toContain('Ready: none enforces.'), 60);
    expect((await everything()).processes).toBeGreaterThan(before.processes);
    const ended = new Promise((resolve) => child.once('close', resolve));
    // A terminal's Ctrl-C goes to all of the group.
    process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
    await ended;
    await eventually(async () => expect(await everything()).toEqual(before));
  });
});
