import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { explain, quote } from '../core/intent/explain.ts';
import { type Answer, Asker, endsOf, type Question } from '../core/inventory/ask.ts';
import { readPort, splitPort, type Unknown } from '../core/inventory/question.ts';
import { type Locate, paragraphOf, reasonsOf } from '../core/inventory/words.ts';
import { errorText } from '../error-text.ts';
import { type GatherOptions, gather } from './gather.ts';
import type { ExitCode, Host } from './host.ts';
import { UsageError } from './manifests.ts';

export interface CanReachOptions extends GatherOptions {
  /** FROM and TO; both or none. */
  readonly parties: readonly string[];
  /** A file of questions, or `-`. */
  readonly queries: string | undefined;
  readonly output: 'text' | 'json';
}

/** The version of the JSON form of one answer: its fields keep their meaning until it changes. */
const formatVersion = 1;
/** Questions between two signs of life, and between two writes. */
const stride = 5000;

const querySchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  port: z.union([z.number(), z.string()], { error: 'a port is a number or a name' }).nullish(),
  protocol: z.string().nullish(),
});

/**
 * Answers who may open connections to whom. 0: yes, to every question; 1: no, to one of them; 2:
 * a party is not known, or something in the input cannot be read, so that an answer may be wrong.
 */
export async function canReach(
  options: CanReachOptions,
  host: Host,
  standardInput: () => string,
): Promise<ExitCode> {
  const questions = questionsOf(options, standardInput);
  const gathered = await gather(options, host, standardInput);
  const asker = new Asker(gathered.inventory, gathered.policies, options.namespace);
  const answer = (question: Question | Unknown) =>
    'error' in question ? question : asker.ask(question);
  if (options.queries !== undefined) {
    const code = answerAll(questions, answer, options.output, gathered.locate, host);
    return gathered.isBroken ? 2 : code;
  }
  const [question] = questions;
  if (question === undefined || 'error' in question) return 2;
  const only = asker.ask(question);
  tellOne(only, question, options.output, gathered.locate, host);
  return gathered.isBroken ? 2 : exitCodeOf(only);
}

function exitCodeOf(answer: Answer | Unknown): ExitCode {
  if ('error' in answer) return 2;
  return answer.allowed ? 0 : 1;
}

/** Prints as it goes, so that memory holds a part of the answers and not all of them. */
function answerAll(
  questions: readonly (Question | Unknown)[],
  answer: (question: Question | Unknown) => Answer | Unknown,
  output: 'text' | 'json',
  locate: Locate,
  host: Host,
): ExitCode {
  const [open, between, close] = output === 'json' ? ['[', ',\n', ']\n'] : ['', '\n', ''];
  const end = questions.length === 0 ? '' : '\n';
  let worst: ExitCode = 0;
  host.print(open && `${open}${end}`);
  for (let first = 0; first < questions.length; first += stride) {
    if (first > 0) host.progress(`${first} of ${questions.length} questions`);
    const lines = questions.slice(first, first + stride).map((question, index) => {
      const given = answer(question);
      worst = Math.max(worst, exitCodeOf(given)) as ExitCode;
      return output === 'json' ? jsonOf(given, locate) : textOf(given, first + index + 1, locate);
    });
    host.print(`${first > 0 ? between : ''}${lines.join(between)}`);
  }
  host.print(`${end}${close}`);
  return worst;
}

function jsonOf(answer: Answer | Unknown, locate: Locate): string {
  return JSON.stringify('error' in answer ? answer : formatAnswer(answer, locate));
}

function textOf(answer: Answer | Unknown, number: number, locate: Locate): string {
  return 'error' in answer
    ? `error: question ${number}: ${answer.error}`
    : paragraphOf(answer, locate);
}

function questionsOf(
  { parties, queries, paths }: CanReachOptions,
  standardInput: () => string,
): (Question | Unknown)[] {
  if (queries === undefined) {
    const [from, to] = parties;
    if (from === undefined || to === undefined) {
      throw new UsageError('name who and whom: appconn can-reach FROM TO[:PORT[/PROTOCOL]]');
    }
    const split = splitPort(to);
    if ('error' in split) throw new UsageError(split.error);
    return [{ from, to: split.party, ...split.port }];
  }
  if (parties.length > 0) throw new UsageError('give FROM and TO, or --queries, not both');
  if (queries === '-' && paths?.includes('-')) {
    throw new UsageError('stdin cannot be both the manifests and the queries');
  }
  return readQueries(queries, queries === '-' ? standardInput() : readText(queries));
}

function readQueries(file: string, text: string): (Question | Unknown)[] {
  let value: unknown;
  try {
    // Some editors begin a file with a byte order mark.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${errorText(error)}`);
  }
  if (!Array.isArray(value)) throw new UsageError(`${file} is no list of questions: [${shape}]`);
  return value.map(readQuery);
}

const shape = '{"from": "…", "to": "…", "port": 80, "protocol": "TCP"}';

function readQuery(value: unknown): Question | Unknown {
  const read = querySchema.safeParse(value, { error: explain });
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.join('.');
    return { error: `${path ? `${path}: ` : ''}${issue?.message}; a question is ${shape}` };
  }
  const { from, to, port, protocol } = read.data;
  const asked = readPort(port ?? undefined, protocol ?? undefined);
  return 'error' in asked ? asked : { from, to, ...asked };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`cannot read ${quote(path)} (${code})`);
  }
}

function tellOne(
  answer: Answer | Unknown,
  question: Question,
  output: 'text' | 'json',
  locate: Locate,
  host: Host,
): void {
  if ('error' in answer) {
    if (output === 'json') host.print(`${JSON.stringify(answer)}\n`);
    host.say(`error: ${answer.error}`);
  } else if (output === 'json') {
    const { port = null, protocol = typeof port === 'number' ? 'TCP' : null } = question;
    const whole = { version: formatVersion, ...endsOf(answer), port, protocol };
    host.print(`${JSON.stringify({ ...whole, ...formatAnswer(answer, locate) }, null, 2)}\n`);
  } else host.print(`${host.paint(answer.allowed, paragraphOf(answer, locate))}\n`);
}

function formatAnswer(answer: Answer, locate: Locate) {
  const { allowed, decided } = answer;
  return {
    allowed,
    ingress: decided?.ingress.allowed ?? false,
    egress: decided?.egress.allowed ?? false,
    reasons: reasonsOf(answer, locate),
  };
}
