/**
 * Time as an argument: the operator reads no clock and starts no timer but through this, so that
 * tests own both. `now` counts milliseconds and should never step back; `setTimer` calls `fire`
 * once, not sooner than `milliseconds` from now and never within the call itself, unless the
 * function that it returns (safe to call at any time, also twice) is called first.
 */
export interface Clock {
  now(): number;
  setTimer(milliseconds: number, fire: () => void): () => void;
}
