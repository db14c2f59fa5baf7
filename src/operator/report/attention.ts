import { attentionAnnotation, statusManager } from '../../core/model/names.ts';
import { isOurs } from '../../core/model/ownership.ts';
import type { NetworkPolicy } from '../../core/model/policy.ts';
import type { World } from '../../core/world/world.ts';
import { isConflict, isInvalid, isNotFound } from '../../kube/errors.ts';
import type { RawObject } from '../../kube/objects.ts';
import { apiVersionOf, objectPath, resources } from '../../kube/resources.ts';
import type { Reporter } from './reporter.ts';

const resource = resources.networkPolicies;

/**
 * Keeps the annotation that tells what needs a person on the first live policy of a key, if it is
 * another than the live one; `text` undefined removes it. It has a field manager of its own and
 * names the very object (uid), so it can neither touch the spec nor bring a policy back that was
 * deleted meanwhile: the server then refuses, and there is nothing left to say it on.
 */
export async function reportAttention(
  { client, listen }: Reporter,
  world: World,
  policies: readonly NetworkPolicy[],
  text: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const [wanted] = policies;
  if (wanted === undefined) return;
  const { namespace, name } = wanted.metadata;
  const live = world.state(namespace)?.policies.get(name);
  if (live === undefined || !isOurs(live)) return;
  if (live.policy.metadata.annotations?.[attentionAnnotation] === text) return;
  const hear = listen(resource);
  const say = async (now: string | undefined) => {
    const annotations = now === undefined ? {} : { annotations: { [attentionAnnotation]: now } };
    const metadata = { namespace, name, uid: live.uid, ...annotations };
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
    const options = { fieldManager: statusManager, force: true, signal };
    return (await client.apply(
      objectPath(resource, { namespace, name }),
      body,
      options,
    )) as RawObject;
  };
  try {
    const answer = await say(text);
    // Somebody else wrote it: only what is ours goes when we leave it out.
    const isTheirs = text === undefined && isSaid(answer);
    hear(isTheirs ? await say('').then(() => say(undefined)) : answer);
  } catch (error) {
    if (!isAboutAnother(error)) throw error;
  }
}

/** Gone (404, or 409 for an object that apply would have to make), or another one (422, by its uid). */
function isAboutAnother(error: unknown): boolean {
  return isNotFound(error) || isConflict(error) || isInvalid(error);
}

function isSaid(answer: RawObject): boolean {
  const { annotations } = answer.metadata as { annotations?: Record<string, string> };
  return annotations?.[attentionAnnotation] !== undefined;
}
