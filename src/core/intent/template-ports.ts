import { compareText } from '../model/labels.ts';
import { protocols } from '../model/policy.ts';
import type { ContainerPort } from '../model/records.ts';
import { isPortNumber, portNameProblem } from './ports.ts';

/** The containerPorts of a template in one text, such as `8080/TCP,http=8443/TCP`; '' for none. */
export function formatPorts(ports: readonly ContainerPort[]): string {
  const texts = ports.map(({ name, port, protocol }) => {
    const number = `${port}/${protocol}`;
    return name === undefined ? number : `${name}=${number}`;
  });
  return [...new Set(texts)].sort(compareText).join(',');
}

/** Reads that text; what has not its form is no port. */
export function readPorts(text: string): ContainerPort[] {
  return text.split(',').flatMap((each) => {
    const [, name, digits, word] = /^(?:([a-z0-9-]+)=)?(\d+)\/([A-Z]+)$/.exec(each) ?? [];
    const port = Number(digits);
    const protocol = protocols.find((known) => known === word);
    if (protocol === undefined || !isPortNumber(port)) return [];
    if (name === undefined) return [{ port, protocol }];
    return portNameProblem(name) === undefined ? [{ name, port, protocol }] : [];
  });
}
