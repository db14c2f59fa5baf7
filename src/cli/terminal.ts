import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import type { Host } from './host.ts';

/** The parts of a Host that are the process's own streams. */
export function processStreams(): Pick<Host, 'print' | 'say' | 'progress' | 'paint' | 'ask'> {
  const { stdin, stdout, stderr } = process;
  let shown = false;
  const write = (text: string) => {
    stderr.write(shown ? `\r\u001b[K${text}` : text);
    shown = false;
  };
  return {
    print: (text) => {
      write('');
      stdout.write(text);
    },
    say: (line) => write(`${line}\n`),
    progress: (text) => {
      if (!stderr.isTTY) return;
      write(text);
      shown = true;
    },
    // Obeys NO_COLOR, and leaves what is no terminal alone.
    paint: (yes, text) => styleText(yes ? 'green' : 'red', text, { stream: stdout }),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  };
}

/** The answer; '' when the input ends or is interrupted instead. */
function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(question, (answer) => {
      resolve(answer);
      terminal.close();
    });
  });
}
