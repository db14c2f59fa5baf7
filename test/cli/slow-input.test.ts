import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { deployment } from './command.ts';

test('Whoever pipes manifests in may be slower than the command, also between two of them', () => {
  const texts = ['web', 'cart'].map((name) =>
    deployment(name, { 'appconnectivity.dev/accepts-from': 'none' }),
  );
  const slow = '{ sleep 1; printf %s "$FIRST"; sleep 1; printf %s "$SECOND"; }';
  const command = ['-c', `${slow} | "$NODE" src/main.ts render -f - -o json`];
  const [FIRST, SECOND] = texts;
  const env = { ...process.env, ...{ NODE_OPTIONS: '', NODE: process.execPath, FIRST, SECOND } };
  const { status, stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toHaveLength(2);
});
