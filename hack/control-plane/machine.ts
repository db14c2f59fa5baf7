import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Everything about this machine that decides where binaries come from; tests hand in their own. */
export type Machine = Readonly<{
  env: NodeJS.ProcessEnv;
  /** The folder of go.mod. */
  moduleFolder: string;
  /** Takes one line of progress. */
  report: (line: string) => void;
}>;

/** The real machine: this process' environment, our go.mod, progress on stderr. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    moduleFolder: import.meta.dirname,
    report: (line) => process.stderr.write(`${line}\n`),
  };
}

/** `${XDG_CACHE_HOME:-~/.cache}/appconnectivity/control-plane`; the folder need not exist. */
export function locateCache(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(base, 'appconnectivity', 'control-plane');
}

/** The path of a command on the machine's PATH, or undefined. */
export async function findOnPath(
  env: NodeJS.ProcessEnv,
  command: string,
): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, command);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

/** Whether there is something at this path that we may run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
