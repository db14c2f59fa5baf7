import { describe, expect, test } from '@jest/globals';
import { namespace, workload } from '../../../test/support/builders.ts';
import { knowing } from '../../../test/support/outside.ts';
import type { Finding } from '../model/finding.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { WorldRecord } from '../model/records.ts';
import { messageOf } from '../status/messages.ts';
import { World } from '../world/world.ts';
import { compile, compileAll } from './compile.ts';
import { findLookAlikes } from './look-alikes.ts';

const scraped = { ...workload('shop/web', { acceptsFrom: '@monitoring' }), scrape: {} };
const looks = (path: string, name = 'prometheus') =>
  workload(path, { labels: { 'app.kubernetes.io/name': name } });

function worldOf(settings: ReturnType<typeof knowing>, ...records: readonly WorldRecord[]) {
  const world = new World(settings);
  world.load([namespace('shop', { deny: 'true' }), namespace('monitoring'), scraped, ...records]);
  return world;
}

const told = (world: World, findings: readonly Finding[]) =>
  findLookAlikes(world, findings).map((each) => `${each.object.name}: ${messageOf(each)}`);
const findingsOf = (world: World) => compileAll(world).flatMap(({ findings }) => findings);
const unknown = knowing({ monitoring: [] });

describe('A workload that looks like Prometheus', () => {
  test('is told of where monitoring pods are asked for and not known, with what to set', () => {
    const world = worldOf(unknown, looks('a/b'), looks('a/proxy', 'traefik'));
    expect(told(world, findingsOf(world))).toEqual([
      "b: it looks like @monitoring, which is not known; if it is that, name its namespace and a selector of its pods by parties.monitoring in the operator's settings",
    ]);
  });

  test('is not told of where they are known, or nobody asks for them', () => {
    const known = worldOf(knowing(), looks('a/b'));
    expect(told(known, findingsOf(known))).toEqual([]);
    expect(told(worldOf(unknown, looks('a/b')), [])).toEqual([]);
  });

  test('is one of three at most that are told of', () => {
    const world = worldOf(unknown, ...['d', 'b', 'a', 'c'].map((name) => looks(`a/${name}`)));
    const names = findLookAlikes(world, findingsOf(world)).map(({ object }) => object.name);
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test('has nobody’s policy or status written again, however often it comes and goes', () => {
    const world = worldOf(unknown);
    const key = keyOf(scraped.ref);
    const before = compile(world, key);
    const woken: Key[] = [];
    for (let turn = 0; turn < 3; turn++) {
      woken.push(...world.put(looks('a/b')));
      expect(compile(world, key)).toEqual(before);
      woken.push(...world.remove(looks('a/b')));
    }
    expect(new Set(woken)).toEqual(new Set([keyOf(looks('a/b').ref)]));
  });
});
