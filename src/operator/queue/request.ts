/** A fresh change; then the start-up sweep and all that the queue adds again; then judging. */
export const priorities = ['change', 'sweep', 'background'] as const;
export type Priority = (typeof priorities)[number];

/** A wish that `key` be worked on at `dueAt`. */
export interface Request<Key extends string> {
  readonly key: Key;
  readonly dueAt: number;
  readonly priority: Priority;
}

export function isHigher(left: Priority, right: Priority): boolean {
  return priorities.indexOf(left) < priorities.indexOf(right);
}

/** What the queue adds again by itself is no fresh change, so it must not hold one up. */
export function demote(priority: Priority): Priority {
  return priority === 'change' ? 'sweep' : priority;
}
