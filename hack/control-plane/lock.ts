import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MILLISECONDS = 2_000;
const STALE_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 200;

/**
 * Takes a lock file, waiting for as long as its holder lives, and returns what lets it go. `onWait`
 * is called once if there is somebody to wait for.
 *
 * A holder touches the file while it lives, so one that was killed is noticed on any machine that
 * shares the folder. Two waiters may both find a stale lock and both take it: this lock saves work
 * and is not what makes the work safe.
 */
export async function holdLock(path: string, onWait: () => void): Promise<() => Promise<void>> {
  let waited = false;
  while (!(await take(path))) {
    if (!waited) onWait();
    waited = true;
    await removeIfStale(path);
    await sleep(LOOK_MILLISECONDS);
  }
  const beat = setInterval(() => touch(path), BEAT_MILLISECONDS);
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfStale(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_MILLISECONDS) {
    await rm(path, { force: true });
  }
}

function touch(path: string): void {
  const now = new Date();
  utimes(path, now, now).catch(() => undefined);
}
