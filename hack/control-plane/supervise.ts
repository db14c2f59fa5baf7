import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Report, Request } from './supervisor-protocol.ts';

/** A child of the supervisor's. */
export type Component = Readonly<{
  name: string;
  /** Sends a signal; nothing happens if the component is gone. */
  signal: (signal: NodeJS.Signals) => void;
  /** Resolves with how the component ended: a signal's name, or `exit code 1`. */
  ended: Promise<string>;
  /** All that the component has printed so far. */
  readLog: () => Promise<string>;
}>;

export type Supervisor = Readonly<{
  /** A fresh folder, private to this user, which goes when the supervisor does. */
  folder: string;
  start: (name: string, command: string, args: readonly string[]) => Component;
  /** Ends every component and removes the folder; resolves when both are gone. */
  stop: () => Promise<void>;
}>;

/**
 * Starts a supervisor: whatever it starts, and its folder, are gone within a second of this process'
 * end, however that came about. Throws if the supervisor cannot be started.
 */
export async function startSupervisor(): Promise<Supervisor> {
  const supervisor = spawnSupervisor();
  const ended = new Promise<string>((resolve) => {
    supervisor.once('exit', () => resolve('its supervisor ended'));
    supervisor.once('error', (error) =>
      resolve(`its supervisor could not start: ${error.message}`),
    );
  });
  const endings = new Map<number, (how: string) => void>();
  const folder = await Promise.race([
    listen(supervisor, endings),
    ended.then((how) => Promise.reject(new Error(`no control plane without a folder: ${how}`))),
  ]);
  const ask = (request: Request) => supervisor.stdin?.write(`${JSON.stringify(request)}\n`);
  let ids = 0;
  return {
    folder,
    start: (name, command, args) => {
      const id = ++ids;
      const childEnded = new Promise<string>((resolve) => endings.set(id, resolve));
      ask({ do: 'start', id, name, command, args });
      return {
        name,
        signal: (signal) => ask({ do: 'signal', id, signal }),
        ended: Promise.race([childEnded, ended]),
        readLog: () => readFile(join(folder, `${name}.log`), 'utf8').catch(() => ''),
      };
    },
    stop: async () => {
      supervisor.stdin?.end();
      await ended;
    },
  };
}

/**
 * Test runners' flags in NODE_OPTIONS are not for the supervisor, and ETCD_… would be flags of an
 * etcd that is not ours. With heaps as small as here Go collects all the time, half of the CPU of an
 * API server's start: it does so less often unless the environment says how often.
 */
function spawnSupervisor(): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('ETCD_'),
  );
  const env = { GOGC: '400', ...Object.fromEntries(inherited) };
  const script = join(import.meta.dirname, 'supervisor.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Writing to a supervisor that is gone: `ended` tells it, once and better.
  child.stdin.on('error', () => undefined);
  return child;
}

/** Resolves with the folder, and goes on to pass the endings of components to whom they concern. */
function listen(
  supervisor: ChildProcess,
  endings: Map<number, (how: string) => void>,
): Promise<string> {
  return new Promise((resolve) => {
    if (supervisor.stdout === null) return;
    createInterface({ input: supervisor.stdout }).on('line', (line) => {
      const report = JSON.parse(line) as Report;
      if (report.tells === 'folder') resolve(report.folder);
      else endings.get(report.id)?.(report.how);
    });
  });
}
