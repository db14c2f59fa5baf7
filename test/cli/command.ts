import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** How the command ended, and what it said; file names as they are in the folder. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own, in which the command runs. */
export interface Workplace {
  /** Writes a file, and answers its name. */
  write(name: string, text: string): string;
  appconn(args: readonly string[], input?: string): Answer;
  /** Runs git as somebody whose settings do not count. Throws what it says where it fails. */
  git(...args: readonly string[]): void;
  remove(): void;
}

/** Without our own variables, so that settings of whoever runs the tests do not count. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(APPCONN|GIT)_/.test(name)),
  ),
  ...{ NODE_OPTIONS: '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
};

export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'appconn-command-'));
  const options = { cwd: folder, encoding: 'utf8', env: environment } as const;
  const main = resolve('src/main.ts');
  return {
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      return name;
    },
    appconn(args, input = '') {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
        ...{ ...options, input },
      });
      return { status, stdout, stderr };
    },
    git(...args) {
      const who = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com'];
      const { status, stderr } = spawnSync('git', [...who, ...args], options);
      if (status !== 0) throw new Error(stderr);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A Deployment in the namespace shop, whose pods have the label `app`. */
export function deployment(name: string, annotations: Readonly<Record<string, string>> = {}) {
  return `apiVersion: apps/v1
kind: Deployment
metadata: ${JSON.stringify({ name, namespace: 'shop', annotations })}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, ports: [{name: http, containerPort: 8080}]}]}
---
`;
}

/** A NetworkPolicy in the namespace shop over the pods of one name. */
export function policy(name: string, app: string, spec: object): string {
  const podSelector = { matchLabels: { app } };
  return `${JSON.stringify({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    ...{ metadata: { name, namespace: 'shop' }, spec: { podSelector, ...spec } },
  })}\n---\n`;
}

export const web = { podSelector: { matchLabels: { app: 'web' } } };
