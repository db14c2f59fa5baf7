import { parseAllDocuments } from 'yaml';
import { loadRecords } from '../../src/cli/load.ts';
import { readManifests } from '../../src/cli/manifests.ts';
import { render } from '../../src/cli/render.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { listConnections } from './connections.ts';

export interface RenderedExample {
  readonly policies: string;
  readonly connections: string;
  readonly messages: readonly string[];
  readonly exitCode: number;
}

/** Renders an example's input as `appconn render` does, and lists what the policies then allow. */
export function renderExample(folder: string): RenderedExample {
  const paths = [`${folder}/input.yaml`];
  const noInput = () => '';
  const options = { paths, namespace: 'default', settings: defaultSettings };
  const { output, messages, exitCode } = render({ ...options, output: 'yaml' }, noInput);
  const { records } = loadRecords(readManifests(paths, noInput).manifests, 'default');
  const policies = parseAllDocuments(output).map((document) => document.toJS() as NetworkPolicy);
  const lines = listConnections(records, policies).map((line) => `${line}\n`);
  return { policies: output, connections: lines.join(''), messages, exitCode };
}
