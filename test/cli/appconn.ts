import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** How the command ended, and what it said. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without our own variables, so that settings of whoever runs the tests do not count. */
export const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(APPCONN|GIT)_|^(NO|FORCE)_COLOR$/.test(name),
    ),
  ),
  ...{ NODE_OPTIONS: '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
};

const main = resolve('src/main.ts');

/** Runs `appconn` to its end, here or in a folder. */
export function appconn(args: readonly string[], input = '', cwd?: string): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    ...{ input, encoding: 'utf8', env: environment, maxBuffer: 2 ** 26 },
    ...(cwd !== undefined && { cwd }),
  });
  return { status, stdout, stderr };
}
