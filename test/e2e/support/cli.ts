import { type Outcome, run } from '../../../hack/control-plane/run.ts';
import { repository } from './cluster.ts';

/** Nothing of our own that settings or a cluster could be read from. */
export const bareEnvironment = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

/** Runs `appconn` as a process without a terminal. */
export function appconn(args: readonly string[]): Promise<Outcome> {
  const command = ['src/main.ts', ...args];
  return run(process.execPath, command, { cwd: repository, env: bareEnvironment });
}
