import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { run } from '../../control-plane/run.ts';
import { findEnforcement } from '../../enforcement/binaries.ts';
import type { Tally } from '../checks.ts';
import { pathOf } from '../repository.ts';
import type { Stage } from '../stage.ts';

const privately = pathOf('hack/enforcement/private.sh');

/**
 * Finds or builds what the act of packets needs: in its own network it can fetch nothing. Throws a
 * sentence where this machine cannot have such a network.
 */
export async function preparePackets(): Promise<void> {
  const { code, stderr } = await run('bash', [privately, 'true']);
  if (code !== 0) throw new Error(stderr.trim());
  await findEnforcement();
}

/** Default-deny on packets, in a network that goes when the demo does. */
export async function dialOnPackets({ page, checks, onStop }: Stage): Promise<void> {
  page.act(
    'The same on packets',
    'Another cluster, in a network of its own, with kube-network-policies for an engine. Each Deployment of a small shop has a pod there; payment is another team’s. Everybody opens a TCP connection to everybody’s address: rows from, columns to, ● open, · dropped.',
  );
  const program = pathOf('hack/demo/packets/main.ts');
  const child = spawn('bash', [privately, process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let tally: Tally | undefined;
  child.on('message', (message) => {
    tally = message as Tally;
  });
  const ended = once(child, 'exit');
  onStop(async () => {
    if (child.connected) child.disconnect();
    await ended;
  });
  const [code, signal] = await ended;
  if (tally === undefined) throw new Error(`its process ended with ${signal ?? `code ${code}`}`);
  checks.add(tally);
}
