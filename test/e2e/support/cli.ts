import { type Outcome, run } from '../../../hack/control-plane/run.ts';
import { repository } from './cluster.ts';

/** Runs `appconn` as a process without a terminal, with nothing of our own environment. */
export function appconn(args: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent' };
  return run(process.execPath, ['src/main.ts', ...args], { cwd: repository, env });
}
