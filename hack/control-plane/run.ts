import { spawn } from 'node:child_process';

/** What a finished command left behind; `code` is 127 when it could not be started at all. */
export type Outcome = Readonly<{ code: number; stdout: string; stderr: string }>;

export type RunOptions = Readonly<{ env?: NodeJS.ProcessEnv; cwd?: string; input?: string }>;

/** Runs a command to its end and returns its outcome, whatever that is: it never throws. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    // A command that ends without reading its input is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
