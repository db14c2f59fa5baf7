import { run } from '../run.ts';

/** The processes that this one started, and theirs, and so on: their ids. */
export async function listDescendants(pid: number): Promise<number[]> {
  const rows = await listProcesses();
  const found: number[] = [];
  for (const parents = [pid]; parents.length > 0; ) {
    const parent = parents.shift();
    const children = rows.filter((row) => row.parent === parent).map((row) => row.pid);
    found.push(...children);
    parents.push(...children);
  }
  return found;
}

/** Those of these processes that still run; one that waits to be reaped does not. */
export async function listRunning(pids: readonly number[]): Promise<number[]> {
  const rows = await listProcesses();
  return rows.filter((row) => pids.includes(row.pid)).map((row) => row.pid);
}

async function listProcesses(): Promise<{ pid: number; parent: number }[]> {
  const { code, stdout, stderr } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  if (code !== 0) throw new Error(`this test needs the command ps: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
