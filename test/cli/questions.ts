import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appconn } from './appconn.ts';

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
    canReach(args: readonly string[], input?: string) {
      const { status, stdout, stderr } = appconn(['can-reach', ...args], input);
      return { status, stdout, stderr: stderr.replaceAll(`${folder}/`, '') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
