// Why a server could not start, for a person: a sentence and what to do, where the cause is known.

export function startProblem(cause: unknown): string {
  if (!(cause instanceof Error)) return `The server could not start: ${cause}`;
  const { code, port, address } = cause as Readonly<Record<string, unknown>> & Error;
  const what = port === undefined ? 'A port' : `${address ?? ''} port ${port}`.trim();
  switch (code) {
    case 'EADDRINUSE':
      return `${what} is taken, perhaps by another server. Give --port and --udp-port; 0 takes any free one.`;
    case 'EACCES':
      return `${what} may not be used by you. Give a --port above 1023.`;
    case 'EADDRNOTAVAIL':
      return `${address ?? 'The address'} is not an address of this machine. Give another --host.`;
    case 'ENOTFOUND':
      return 'The name given to --host leads nowhere. Give an address of this machine.';
    default:
      return `The server could not start: ${cause.message}`;
  }
}
