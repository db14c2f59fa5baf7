import type { FindingData } from '../../model/finding.ts';
import { tidy } from '../text.ts';
import type { Sentences } from './sentence.ts';

/** Of namespaces that are not together, and of what keeps them from being told apart. */
export const environmentSentences = {
  CrossEnvironment: [
    'warning',
    (data) =>
      `"${tidy(data.text)}" crosses from ${place(data.namespace, data.label, data.own)} to ${
        data.other === '' ? 'other environments' : place(data.other, data.label, data.theirs)
      }, which no ${data.by === 'route' ? 'route or grant' : 'entry'} can allow: ${remedy(data)}`,
  ],
  EnvironmentNarrowed: [
    'notice',
    ({ text, label, namespace, values }) =>
      `"${tidy(text)}" means here only ${
        values === ''
          ? ''
          : `namespaces with the label ${label}: ${values.replaceAll(', ', ' or ')}, `
      }namespace ${namespace} itself and the shared ones${
        values === '' ? `, since it has no label ${label}` : ''
      }`,
  ],
  PartyNotShared: [
    'warning',
    ({ namespace }) =>
      `nothing is deleted or narrowed while the cluster's DNS is in namespace ${namespace}, which environments would cut off: add it to environments.sharedNamespaces in the operator's settings`,
  ],
} satisfies Partial<Sentences>;

function place(namespace: string, label: string, value: string): string {
  return `namespace ${namespace} (${value === '' ? `no label ${label}` : `${label}: ${value}`})`;
}

function remedy(data: FindingData['CrossEnvironment']): string {
  const { by, label, namespace, own, other, theirs } = data;
  const together = by === 'route' ? 'lead to it through a Gateway' : 'name somebody';
  const unlabelled = own === '' ? namespace : theirs === '' ? other : '';
  return unlabelled === ''
    ? `${together} of ${label} ${own}, or have the pair allowed by environments.allowed in the operator's settings`
    : `have Namespace ${unlabelled} labelled with its ${label}, or shared by environments.sharedNamespaces in the operator's settings`;
}
