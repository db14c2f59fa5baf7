import { type Outcome, run } from '../control-plane/run.ts';
import { pathOf } from './repository.ts';

/** Runs `appconn` of this build as whoever a kubeconfig names, without a terminal. */
export function appconn(kubeconfig: string, ...args: readonly string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig };
  return run(process.execPath, [pathOf('dist/main.js'), ...args], { env });
}
