import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Access, request } from './api-request.ts';
import { apiServerFlags, type Files } from './flags.ts';
import { pickFreePort } from './free-port.ts';
import type { Component, Supervisor } from './supervise.ts';
import { ComponentFailed, waitFor } from './wait.ts';

const ATTEMPTS = 5;

export type ApiServerPlan = Readonly<{
  supervisor: Supervisor;
  binary: string;
  files: Files;
  token: string;
  audit: boolean;
  flags: readonly string[];
}>;

export type RunningApiServer = Readonly<{ component: Component; access: Access; port: number }>;

/** Starts an API server on a port that is free; whoever loses a race for a port tries another. */
export async function startApiServer(
  plan: ApiServerPlan,
  pickPort = pickFreePort,
): Promise<RunningApiServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startApiServerOn(await pickPort(), plan);
    } catch (error) {
      const lost = error instanceof ComponentFailed && error.log.includes('address already in use');
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Starts an API server on this port and waits until it is ready. Throws with its last lines if it
 * ends instead, for instance because somebody has the port.
 */
export async function startApiServerOn(
  port: number,
  plan: ApiServerPlan,
): Promise<RunningApiServer> {
  const { supervisor, binary, files, token, audit, flags } = plan;
  const server = `https://127.0.0.1:${port}`;
  const component = supervisor.start(
    'kube-apiserver',
    binary,
    apiServerFlags(files, port, audit, flags),
  );
  const access = await waitFor(component, 'its /readyz', async () => {
    const ca = await readAuthority(files.certificate);
    if (ca === undefined) return undefined;
    const found = { server, ca, token };
    // Whoever else may listen there has no certificate by our authority.
    const answer = await request(found, 'GET', '/readyz').catch(() => undefined);
    return answer?.status === 200 ? found : undefined;
  });
  return { component, access, port };
}

/** The authority's certificate, or undefined as long as the file is not there or not whole. */
async function readAuthority(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  return blocks.find((block) => new X509Certificate(block).ca);
}
