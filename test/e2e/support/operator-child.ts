import { readdirSync } from 'node:fs';
import { run } from '../../../src/cli/run.ts';
import { readConfig } from '../../../src/settings.ts';
import { randomOf } from '../../support/random.ts';
import { unlimited } from './breaker.ts';
import { clockOf, type LogLine } from './operator.ts';
import type { FromChild, Measure, ToChild } from './operator-process.ts';

/** The operator as a process of its own that tells its parent what it logs and holds. */
const [kubeconfig, speed, seed] = process.argv.slice(2);

function tell(message: FromChild): void {
  process.send?.(message);
}

function logAt(level: LogLine['level']) {
  return (fields: object, message: string) => tell({ line: { ...fields, level, message } });
}

/** What stays when garbage is gone. */
function measure(): Measure {
  globalThis.gc?.();
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  const files = readdirSync('/dev/fd').length;
  return { resources: counts, files, heap: process.memoryUsage().heapUsed };
}

const running = await run({
  config: readConfig({
    file: { election: { enabled: false }, breaker: unlimited },
    environment: {},
    flags: { kubeconfig, healthPort: 0 },
  }),
  environment: {},
  clock: clockOf(Number(speed)),
  wallClock: () => Date.now(),
  random: randomOf(Number(seed)),
  log: { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') },
  version: 'e2e',
  instance: 'e2e',
  identity: 'e2e',
});

process.on('message', (message: ToChild) => {
  if (message === 'measure') tell({ measure: measure() });
  else void running.stop().then(() => process.disconnect());
});
tell({ healthPort: running.healthPort });
