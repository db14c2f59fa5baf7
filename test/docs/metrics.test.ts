import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { leadingAlone } from '../../src/operator/election/leadership.ts';
import { createElectionMetrics } from '../../src/operator/election/metrics.ts';
import { serveHealth } from '../../src/operator/health.ts';
import { createMetrics } from '../../src/operator/metrics.ts';

/** The series and their labels in the table of docs/operations.md. */
function documented(): Map<string, string> {
  const text = readFileSync('docs/operations.md', 'utf8');
  const section = /\n## Metrics\n([\s\S]*?)\n## /.exec(text)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([a-z0-9_]+)(?:\{([a-z_,]*)\})?` \|/gm)];
  return new Map(rows.map(([, name = '', labels = '']) => [name, labels]));
}

async function scrape(): Promise<string> {
  const metrics = createMetrics('1.2.3');
  const due = { change: 0, sweep: 0, background: 0 };
  const idle = { due, delayed: 0, running: 0, longestRunningSeconds: 0, unfinishedSeconds: 0 };
  metrics.observeQueue({ snapshot: () => idle });
  metrics.observeHosts({
    snapshot: () => ({ resolved: 1, unresolved: 0, left: 0, oldestAnswerSeconds: 5 }),
  });
  createElectionMetrics(metrics.registry).observe({
    leadership: { ...leadingAlone(), isLeader: () => true },
    trouble: () => undefined,
  });
  metrics.onCall({ verb: 'list', resource: 'pods', code: 200, seconds: 1 });
  const source = { notReady: () => [], metrics: () => metrics.registry.metrics() };
  const server = await serveHealth(source, 0);
  try {
    return await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  } finally {
    await server.close();
  }
}

test('every series that is scraped is in the table of docs/operations.md, and none besides', async () => {
  const served = [...(await scrape()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? '');
  expect(served.length).toBeGreaterThan(20);
  expect([...documented().keys()].sort()).toEqual(served.sort());
});

test('the table names the labels that our series have', async () => {
  const text = await scrape();
  for (const [name, labels] of documented()) {
    if (/^(nodejs|process)_/.test(name)) continue;
    const [, found = ''] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(text) ?? [];
    const names = [...found.matchAll(/([a-z_]+)="/g)].map(([, label]) => label).sort();
    expect([name, names.join()]).toEqual([name, labels.split(',').sort().join()]);
  }
});

test('what counts, and has labels whose values are known, starts at zero', async () => {
  const text = await scrape();
  for (const series of [
    'appconnectivity_edges{state="Blocked"} 0',
    'appconnectivity_findings{code="NameConflict"} 0',
    'appconnectivity_policies 0',
    'appconnectivity_policy_changes_total{change="delete"} 0',
    'appconnectivity_reconcile_total{result="error"} 0',
    'appconnectivity_watch_events_total{resource="networkpolicies",event="relist"} 0',
    'workqueue_adds_total{name="reconcile",priority="change"} 0',
    'workqueue_retries_total{name="reconcile"} 0',
    'workqueue_queue_duration_seconds_count{name="reconcile"} 0',
    'workqueue_depth{name="reconcile",priority="sweep"} 0',
    'workqueue_unfinished_work_seconds{name="reconcile"} 0',
    'appconnectivity_build_info{version="1.2.3"} 1',
  ]) {
    expect(text).toContain(`${series}\n`);
  }
});
