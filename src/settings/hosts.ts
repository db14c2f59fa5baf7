import { isIP } from 'node:net';
import { z } from 'zod';
import { quote } from '../core/intent/explain.ts';
import { defaultHostPace, type HostPace } from '../operator/hosts/pace.ts';

/** An address, perhaps with a port behind it: `10.96.0.10`, `127.0.0.1:5353`, `[2001:db8::53]:53`. */
const server = z.string().superRefine((text, context) => {
  const [, bracketed, plain, port = '53'] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (isIP(bracketed ?? plain ?? text) !== 0 && isPort(Number(port))) return;
  const message = `${quote(text)} is not the address of a DNS server; write it as 10.96.0.10 or 10.96.0.10:53`;
  context.addIssue({ code: 'custom', message });
});

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

const seconds = (milliseconds: number) =>
  z
    .number()
    .min(1)
    .max(604_800)
    .default(milliseconds / 1000);

/** Of `host/` entries, in seconds. */
export const hostsSchema = z
  .strictObject({
    minimumTTL: seconds(defaultHostPace.minimumTTL),
    maximumTTL: seconds(defaultHostPace.maximumTTL),
    /** Also for addresses that the API server has left. */
    grace: seconds(defaultHostPace.grace),
    /** DNS servers, instead of those of the operator's own pod. */
    servers: z.array(server).min(1).optional(),
  })
  .superRefine(({ minimumTTL, maximumTTL, grace }, context) => {
    if (minimumTTL > maximumTTL) {
      const message = `${minimumTTL} must not be more than maximumTTL, which is ${maximumTTL}`;
      context.addIssue({ code: 'custom', path: ['minimumTTL'], message });
    }
    if (grace < maximumTTL * 4) {
      const message = `${grace} must be at least ${maximumTTL * 4}, four times maximumTTL: an address must be asked for several times before it is given up`;
      context.addIssue({ code: 'custom', path: ['grace'], message });
    }
  })
  .prefault({});

/** The same in the operator's own units. */
export function hostPaceOf({
  minimumTTL,
  maximumTTL,
  grace,
}: z.infer<typeof hostsSchema>): HostPace {
  return {
    ...defaultHostPace,
    ...{ minimumTTL: minimumTTL * 1000, maximumTTL: maximumTTL * 1000, grace: grace * 1000 },
  };
}
