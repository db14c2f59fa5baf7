import { readSync } from 'node:fs';

const size = 65_536;
/** Between two looks for what has not come yet (milliseconds). */
const pause = 5;

/**
 * All that comes on standard input, to its end. Node makes a pipe there non-blocking as soon as anybody
 * imports `node:process`, which libraries do, and `readFileSync(0)` then fails with EAGAIN wherever the
 * writer is slower than we are: so what is not there yet is waited for. Throws what reading throws.
 */
export function readAllOfStandardInput(): Buffer {
  const parts: Buffer[] = [];
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const part = Buffer.alloc(size);
    const length = readSome(part);
    if (length === 0) return Buffer.concat(parts);
    if (length === undefined) Atomics.wait(clock, 0, 0, pause);
    else parts.push(part.subarray(0, length));
  }
}

/** How much was there; 0 at the end, undefined if nothing has come yet. */
function readSome(part: Buffer): number | undefined {
  try {
    return readSync(0, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
