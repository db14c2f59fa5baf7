import { request as send } from 'node:https';

/** How to reach an API server: its certificate is always verified. */
export type Access = Readonly<{ server: string; ca: string; token: string }>;

export type Answer = Readonly<{ status: number; body: string }>;

/**
 * Sends one request on a connection of its own and returns the answer, whatever its status. Throws
 * if there is no answer within five seconds, or one by somebody whose certificate is not our CA's.
 */
export function request(
  access: Access,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${access.token}`,
      accept: 'application/json',
      'content-type': 'application/json',
    };
    const options = { method, headers, ca: access.ca, agent: false, timeout: 15_000 };
    const outgoing = send(new URL(path, access.server), options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => {
        text += part;
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
      incoming.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${access.server}`)));
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
