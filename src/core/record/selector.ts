import { z } from 'zod';
import { anySelector } from '../intent/fields.ts';
import { canonicalSelector, type LabelSelector, type Labels } from '../model/labels.ts';
import { explained, parseAt, valueAt, withoutNulls } from './parsing.ts';
import { labelSelector, texts } from './schemas.ts';

const selectorIfAny = labelSelector.nullish();
const fields: ReadonlySet<string> = new Set(['matchLabels', 'matchExpressions']);

/** The selector of a kind of Kubernetes itself, which the API server has checked; `{}` if absent. */
export function selectorAt(raw: unknown, path: readonly string[]): LabelSelector {
  return plain(parseAt(selectorIfAny, raw, path));
}

/** The older form, which is no more than labels; undefined if absent or empty. */
export function mapAt(raw: unknown, path: readonly string[]): LabelSelector | undefined {
  const labels = parseAt(texts, raw, path) ?? {};
  return Object.keys(labels).length === 0 ? undefined : selecting(labels);
}

/**
 * The selector of a kind that may not have checked it, in either form; undefined if absent. What no
 * API server would take for a selector is refused: it must not stand in a policy, nor match more.
 */
export function uncheckedAt(raw: unknown, path: readonly string[]): LabelSelector | undefined {
  const written = valueAt(raw, path);
  if (written === undefined || written === null) return undefined;
  const keys = typeof written === 'object' ? Object.keys(written) : [];
  const isMap = keys.length > 0 && !keys.some((key) => fields.has(key));
  if (isMap) return checked(parseAt(texts, raw, path) ?? {}, path);
  return plain(parseAt(anySelector, raw, path));
}

/** The pods that carry all of these labels. */
export function selecting(labels: Labels): LabelSelector {
  return canonicalSelector({ matchLabels: labels });
}

/** As `selecting`, of labels at a field path that nobody has checked. */
export function checked(matchLabels: Labels, path: readonly string[]): LabelSelector {
  const { success, error } = anySelector.safeParse({ matchLabels }, explained);
  if (success) return selecting(matchLabels);
  const at = (issue: z.core.$ZodIssue) => ({ ...issue, path: [...path, ...issue.path.slice(1)] });
  throw new z.ZodError(error.issues.map(at));
}

function plain(raw: unknown): LabelSelector {
  return canonicalSelector(withoutNulls(raw ?? {}) as LabelSelector);
}
