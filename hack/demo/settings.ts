import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Settings } from '../../src/core/model/settings.ts';
import { type Config, readConfig, settingsOf } from '../../src/settings.ts';
import { pathOf } from './repository.ts';

/** The operator's settings from the safe switch on. */
export const settingsFile = pathOf('hack/demo/manifests/settings.yaml');

/** As the operator reads them, without what a shell says. */
export async function readConfiguration(): Promise<Config> {
  const file: unknown = parse(await readFile(settingsFile, 'utf8'));
  return readConfig({ file, environment: {}, flags: {} });
}

export async function readSettings(): Promise<Settings> {
  return settingsOf(await readConfiguration());
}
