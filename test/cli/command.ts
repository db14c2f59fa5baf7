import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Answer, appconn, environment } from './appconn.ts';

/** A folder of its own, in which the command runs. */
export interface Workplace {
  /** Writes a file, and answers its name. */
  write(name: string, text: string): string;
  appconn(args: readonly string[], input?: string): Answer;
  /** Runs git as somebody whose settings do not count. Throws what it says where it fails. */
  git(...args: readonly string[]): void;
  remove(): void;
}

export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'appconn-command-'));
  const options = { cwd: folder, encoding: 'utf8', env: environment } as const;
  return {
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      return name;
    },
    appconn: (args, input) => appconn(args, input, folder),
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
