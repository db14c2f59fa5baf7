/** Wrong usage, or something that a command needs and cannot have: in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
