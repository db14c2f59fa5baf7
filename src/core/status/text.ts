const mostInMessage = 120;

/** Users' text as it may stand in a message: without control characters, and not too long. */
export function tidy(text: string): string {
  return shorten(clean(text).trim(), mostInMessage);
}

/** A text without control characters and cut to a length. */
export function shorten(text: string, most: number): string {
  const plain = clean(text);
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

function clean(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}
