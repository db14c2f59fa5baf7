import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listDescendants, listRunning } from './processes.ts';

const HALF_A_MINUTE = 30_000;

let folder: string;
let callers: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crash-test-'));
  callers = [];
});

afterEach(async () => {
  for (const caller of callers) caller.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a script in a process group of its own, with a folder for temporary files of its own. */
function startCaller(script: string): ChildProcess & { pid: number } {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const caller = spawn(process.execPath, [join(import.meta.dirname, script)], {
    detached: true,
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  callers.push(caller);
  if (caller.pid === undefined) throw new Error(`${script} did not start`);
  return Object.assign(caller, { pid: caller.pid });
}

/** Resolves once the caller has said something, which it does when the control plane is ready. */
function untilReady(caller: ChildProcess): Promise<void> {
  return new Promise((resolve) => caller.stdout?.once('data', () => resolve()));
}

async function listWhatIsLeft(pids: readonly number[]): Promise<unknown[]> {
  return [...(await listRunning(pids)), ...(await readdir(folder))];
}

async function expectNothingLeft(pids: readonly number[]): Promise<void> {
  for (let look = 0; look < 50 && (await listWhatIsLeft(pids)).length > 0; look += 1) {
    await sleep(100);
  }
  expect(await listWhatIsLeft(pids)).toEqual([]);
}

describe('when whoever started a control plane ends', () => {
  test(
    'kill -9 leaves no process and no folder',
    async () => {
      const caller = startCaller('caller.ts');
      await untilReady(caller);
      const pids = await listDescendants(caller.pid);
      // The supervisor, etcd, the API server and the controller manager.
      expect(pids).toHaveLength(4);
      expect(await readdir(folder)).toHaveLength(1);
      process.kill(caller.pid, 'SIGKILL');
      await expectNothingLeft(pids);
    },
    HALF_A_MINUTE,
  );

  test.each([20, 200, 1_000])(
    'kill -9 of its whole group %i ms after the first trace leaves nothing either',
    async (milliseconds) => {
      const caller = startCaller('caller.ts');
      while ((await listDescendants(caller.pid)).length === 0) await sleep(5);
      await sleep(milliseconds);
      const pids = await listDescendants(caller.pid);
      process.kill(-caller.pid, 'SIGKILL');
      await expectNothingLeft(pids);
    },
    HALF_A_MINUTE,
  );

  test(
    'Ctrl-C ends the command, and all is gone when it is',
    async () => {
      const command = startCaller('../main.ts');
      await untilReady(command);
      const pids = await listDescendants(command.pid);
      const ended = new Promise((resolve) => command.once('exit', resolve));
      // A terminal sends it to the whole group.
      process.kill(-command.pid, 'SIGINT');
      expect(await ended).toBe(0);
      expect(await listWhatIsLeft(pids)).toEqual([]);
    },
    HALF_A_MINUTE,
  );
});
