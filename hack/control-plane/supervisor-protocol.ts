/** What the caller writes to a supervisor's stdin, one JSON text a line. End of file means: finish. */
export type Request =
  | Readonly<{ do: 'start'; id: number; name: string; command: string; args: readonly string[] }>
  | Readonly<{ do: 'signal'; id: number; signal: NodeJS.Signals }>;

/** What a supervisor writes to its stdout, one JSON text a line. The folder always comes first. */
export type Report =
  | Readonly<{ tells: 'folder'; folder: string }>
  | Readonly<{ tells: 'exit'; id: number; how: string }>;
