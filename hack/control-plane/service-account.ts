import { join } from 'node:path';
import { type Access, request } from './api-request.ts';
import { writeKubeconfig } from './kubeconfig.ts';

export type ServiceAccountName = Readonly<{ namespace: string; name: string }>;

const ONE_DAY_SECONDS = 24 * 60 * 60;

/**
 * Mints a token for a ServiceAccount by TokenRequest, writes a kubeconfig with it into `folder` and
 * returns that file's path. Throws if there is no such ServiceAccount.
 */
export async function writeServiceAccountKubeconfig(
  admin: Access,
  folder: string,
  { namespace, name }: ServiceAccountName,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const answer = await request(admin, 'POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: ONE_DAY_SECONDS },
  });
  if (answer.status === 404) {
    throw new Error(
      `no ServiceAccount ${namespace}/${name}: create it before asking for its token`,
    );
  }
  if (answer.status !== 201) {
    throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${answer.body}`);
  }
  const { status } = JSON.parse(answer.body) as { status: { token: string } };
  // A dot is in no namespace's name, so no two accounts share a file.
  const file = join(folder, `kubeconfig.${namespace}.${name}`);
  await writeKubeconfig(file, name, { ...admin, token: status.token });
  return file;
}
