import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, matchesGlob, relative } from 'node:path';

/** A line of a Dockerfile: the instruction and the rest. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export async function readDockerfile(root: string): Promise<readonly Instruction[]> {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  return text
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return { name, rest: rest.join(' ') };
    });
}

/** Copies what the COPY lines of the build stage bring into the image, less .dockerignore. */
export async function copyBuildContext(root: string, target: string): Promise<void> {
  const isIgnored = await readIgnored(root);
  for (const { name, rest } of await readDockerfile(root)) {
    if (name !== 'COPY' || rest.startsWith('--from')) continue;
    const paths = rest.split(' ');
    const destination = paths.pop() ?? '';
    for (const path of paths) {
      // COPY of a folder copies what is in it; of a file, the file into the folder.
      const to =
        destination === `${path}/` ? destination : join(destination, path.split('/').at(-1) ?? '');
      await mkdir(dirname(join(target, to)), { recursive: true });
      await cp(join(root, path), join(target, to), {
        recursive: true,
        filter: (source) => !isIgnored(relative(root, source)),
      });
    }
  }
}

/** The last pattern that matches a path, or a folder above it, decides. */
async function readIgnored(root: string): Promise<(path: string) => boolean> {
  const text = await readFile(join(root, '.dockerignore'), 'utf8');
  const rules = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const rule = rules.findLast((each) =>
      prefixes.some((prefix) => matchesGlob(prefix, each.replace(/^!/, ''))),
    );
    return rule !== undefined && !rule.startsWith('!');
  };
}
