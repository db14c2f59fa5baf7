import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}\n`;
export const admitsWeb = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 8080}]
`;
export const shop = [pod('web'), pod('cart'), pod('other'), admitsWeb].join('---\n');

/** Without our own variables, so that settings of whoever runs the tests do not count. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^APPCONN_|^(NO|FORCE)_COLOR$/.test(name)),
);

/** A folder for files, and `can-reach`, which names files in it as if it ran there. */
export function createQuestions() {
  const folder = mkdtempSync(join(tmpdir(), 'appconn-can-reach-'));
  return {
    folder,
    write(name: string, text: string): string {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    canReach(args: readonly string[], input = '') {
      const options = {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
        env: { ...environment, NODE_OPTIONS: '' },
      } as const;
      const command = ['src/main.ts', 'can-reach', ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
      return { status, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
