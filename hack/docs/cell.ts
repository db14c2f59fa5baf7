/** A text as it may stand in a cell of a Markdown table. */
export function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/([<>*_])/g, '\\$1');
}
