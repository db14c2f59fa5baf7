const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** An RFC 3339 time, blanks around it aside, in milliseconds since the epoch; else undefined. */
export function readTime(text: string): number | undefined {
  const upper = text.trim().toUpperCase();
  const [, day] = rfc3339.exec(upper) ?? [];
  return day !== undefined && isDay(day) ? Date.parse(upper) : undefined;
}

/** A time as RFC 3339 writes it, without what it has beyond whole seconds. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Whether the calendar has it: JavaScript takes February 30 for March 2. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
