import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

/** The commands of the document that it shows with their output. */
function examplesOf(heading: string): { command: string; output: string }[] {
  const text = readFileSync('docs/cli.md', 'utf8');
  const section = text.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  const blocks = [...section.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((each) => {
        const [command = '', ...output] = each.split('\n');
        return { command, output: output.join('\n') };
      }),
  );
}

describe('docs/cli.md shows what the command says:', () => {
  const examples = ['`appconn reach`', '`appconn diff`'].flatMap(examplesOf);

  test('two of reach, one of diff', () => {
    expect(examples).toHaveLength(3);
  });

  test.each(examples)('$command', ({ command, output }) => {
    const [name, ...args] = command.split(' ');
    const env = { PATH: process.env.PATH ?? '' };
    const options = { encoding: 'utf8', env } as const;
    const { stdout } = spawnSync(process.execPath, ['src/main.ts', ...args], options);
    expect(name).toBe('appconn');
    expect(stdout).toBe(output);
  });
});
