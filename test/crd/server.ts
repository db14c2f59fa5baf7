import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type Answer, request } from '../../hack/control-plane/api-request.ts';
import type { ControlPlane } from '../../hack/control-plane/control-plane.ts';

export const definitionFile = new URL(
  '../../crds/appconnectivity.dev_appconnectivities.yaml',
  import.meta.url,
);

export const resourcesPath =
  '/apis/appconnectivity.dev/v1alpha1/namespaces/default/appconnectivities';

/** What the API server says about a resource: undefined when it accepts it. */
export type Refusal = string | undefined;

/** One request as administrator. */
export function ask(
  { server, ca, adminToken }: ControlPlane,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  return request({ server, ca, token: adminToken }, method, path, body);
}

/** Installs the CRD of this repository and waits until its resources are served. */
export async function installDefinition(plane: ControlPlane): Promise<void> {
  const definition: unknown = parse(await readFile(definitionFile, 'utf8'));
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const answer = await ask(plane, 'POST', path, definition);
  if (answer.status !== 201) throw new Error(`the CRD was refused: ${answer.body}`);
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask(plane, 'GET', resourcesPath)).status === 200) return;
    await sleep(100);
  }
  throw new Error('the CRD is not served after ten seconds');
}

/** Posts a resource with this spec as a dry run, as strictly about unknown fields as asked. */
export async function judgeByServer(
  plane: ControlPlane,
  spec: unknown,
  fieldValidation: 'Strict' | 'Ignore' = 'Strict',
): Promise<Refusal> {
  const resource = {
    apiVersion: 'appconnectivity.dev/v1alpha1',
    kind: 'AppConnectivity',
    metadata: { name: 'tried' },
    spec,
  };
  const path = `${resourcesPath}?dryRun=All&fieldValidation=${fieldValidation}`;
  const { status, body } = await ask(plane, 'POST', path, resource);
  return status === 201 ? undefined : (JSON.parse(body) as { message: string }).message;
}
