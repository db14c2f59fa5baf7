import { writeFile } from 'node:fs/promises';
import type { Access } from './api-request.ts';

/**
 * Writes a kubeconfig, readable by this user only, that verifies the server's certificate and holds
 * all it needs. JSON is YAML, so every reader of kubeconfigs takes it.
 */
export async function writeKubeconfig(file: string, user: string, access: Access): Promise<void> {
  const name = 'appconnectivity-development';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: access.server,
          'certificate-authority-data': Buffer.from(access.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token: access.token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
