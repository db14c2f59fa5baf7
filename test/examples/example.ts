import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { loadRecords } from '../../src/cli/load.ts';
import { readManifests } from '../../src/cli/manifests.ts';
import { render } from '../../src/cli/render.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import { readConfig, settingsOf } from '../../src/settings.ts';
import { listConnections } from './connections.ts';

/** What an example gives: each of these is a file beside its input, as long as it is not empty. */
export interface RenderedExample {
  readonly 'policies.yaml': string;
  readonly 'connections.txt': string;
  readonly 'messages.txt': string;
}

/** The folders with an input to render. */
export function exampleFolders(): string[] {
  const all = readdirSync('examples').filter((name) => existsSync(`examples/${name}/input.yaml`));
  return all.sort();
}

/** Renders an example's input as `appconn render` does, and lists what the policies then allow. */
export function renderExample(folder: string): RenderedExample {
  const paths = [`${folder}/input.yaml`];
  const noInput = () => '';
  const options = { paths, namespace: 'default', settings: settingsIn(folder) };
  const { output, messages } = render({ ...options, output: 'yaml' }, noInput);
  const { records } = loadRecords(readManifests(paths, noInput).manifests, 'default');
  const policies = parseAllDocuments(output).map((document) => document.toJS() as NetworkPolicy);
  return {
    'policies.yaml': output,
    'connections.txt': listConnections(records, policies).map(asLine).join(''),
    'messages.txt': messages.map((message) => asLine(message.replace(`${folder}/`, ''))).join(''),
  };
}

/** The operator's settings, where an example needs some. */
export function settingsIn(folder: string): Settings {
  const path = `${folder}/settings.yaml`;
  const file: unknown = existsSync(path) ? parse(readFileSync(path, 'utf8')) : {};
  return settingsOf(readConfig({ file, environment: {}, flags: {} }));
}

/** What an example is about: the comment that its input begins with. */
export function sentenceOf(folder: string): string {
  const [first = ''] = readFileSync(`${folder}/input.yaml`, 'utf8').split('\n');
  return first.replace(/^# /, '');
}

function asLine(text: string): string {
  return `${text}\n`;
}
