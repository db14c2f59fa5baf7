/**
 * A process of its own that holds what must not outlive its caller: the children and their folder.
 *
 * The caller keeps the other end of our stdin, which the kernel closes however the caller ends, a
 * kill -9 included; then we kill the children and remove the folder. For that we are in a session
 * of our own (a Ctrl-C in the caller's terminal is not for us), the folder is made here and not by
 * the caller (so no moment exists at which nobody would remove it), and only children whose handle
 * we hold are signalled, never a bare pid that the system may have given to somebody else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Report, Request } from './supervisor-protocol.ts';

type Children = Map<number, ChildProcess>;

function main(): void {
  // A short name: the path of a socket in it may have only about a hundred characters.
  const folder = mkdtempSync(join(tmpdir(), 'appconn-'));
  const children: Children = new Map();
  const finish = () => end(folder, children);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void finish());
  process.once('uncaughtException', (error) => {
    console.error(error);
    void finish();
  });
  // The caller may be gone while we still have something to say.
  process.stdout.on('error', () => undefined);
  tell({ tells: 'folder', folder });
  createInterface({ input: process.stdin })
    .on('line', (line) => obey(JSON.parse(line) as Request, folder, children))
    .on('close', () => void finish());
}

function obey(request: Request, folder: string, children: Children): void {
  if (request.do === 'signal') {
    children.get(request.id)?.kill(request.signal);
    return;
  }
  const { id, name, command, args } = request;
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  children.set(id, child);
  const gone = (how: string) => {
    if (children.delete(id)) tell({ tells: 'exit', id, how });
  };
  child.once('error', (error) => gone(`could not start: ${error.message}`));
  child.once('exit', (code, signal) => gone(signal ?? `exit code ${code}`));
}

/** The data is thrown away, so nobody gets time to save any: SIGKILL ends a stopped process too. */
async function end(folder: string, children: Children): Promise<void> {
  // Again and again: a request that was under way may start another child meanwhile.
  while (children.size > 0) await Promise.all([...children.values()].map(kill));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  process.exit(0);
}

function kill(child: ChildProcess): Promise<unknown> {
  const exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  child.kill('SIGKILL');
  return exited;
}

function tell(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

main();
