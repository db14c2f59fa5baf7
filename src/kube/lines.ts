import { malformed } from './failures.ts';

const lineFeed = 0x0a;

/**
 * The lines of a stream of bytes, without line feeds and without empty lines. Bytes are split
 * before they are decoded, so a chunk may end anywhere, also inside a character. Rejects with a
 * KubeError (MALFORMED) for bytes that are not UTF-8, a line beyond `longest` bytes, and a stream
 * that ends within a line: what was cut off is never taken for whole, nor passed over.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number,
  what: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      parts.push(chunk.subarray(from, at));
      const line = decode(decoder, parts, what);
      if (line !== '') yield line;
      parts = [];
      length = 0;
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > longest) throw malformed(what, `sent a line of more than ${longest} bytes`);
  }
  if (length > 0) throw malformed(what, 'ended in the middle of an event');
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  parts: readonly Uint8Array[],
  what: string,
): string {
  try {
    return decoder.decode(Buffer.concat(parts)).trim();
  } catch {
    throw malformed(what, 'sent bytes that are not UTF-8');
  }
}
