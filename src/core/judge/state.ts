import { type EdgeState, type EdgeStateName, edgeStates } from '../model/edge-state.ts';
import type { Problem } from '../model/finding.ts';

/** A state that speaks for itself alone. */
export function single(state: EdgeStateName, reason: Problem): EdgeState {
  return { state, reason, share: [1, 1] };
}

/** Of several states the worst, with its share; `otherwise` says what is missing if there is none. */
export function worst(states: readonly EdgeState[], otherwise: Problem): EdgeState {
  const rank = ({ state }: EdgeState) => edgeStates.indexOf(state);
  const [first] = [...states].sort((a, b) => rank(b) - rank(a));
  if (first === undefined) return single('Pending', otherwise);
  const alike = states.filter(({ state }) => state === first.state).length;
  return { ...first, share: [alike, states.length] };
}

export const notWritten: Problem = { code: 'NotWritten', data: {} };
