// Why a server could not start, for a person: a sentence and what to do, where the cause is known.

export function startProblem(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  // Of a host's thread only the message comes: `bind EADDRINUSE 127.0.0.1:5001`.
  const [, code, place = ''] =
    /\b(E[A-Z]{4,})\b[: ]*(?:address [a-z ]+[: ]*)?(\S*)/.exec(message) ?? [];
  switch (code) {
    case 'EADDRINUSE':
      return (
        `${place || 'A port'} is taken, perhaps by another server. ` +
        'Give --port, --udp-port or the one of that wire; 0 takes any free one.'
      );
    case 'EACCES':
      return `${place || 'A port'} may not be used by you. Give a --port above 1023.`;
    case 'EADDRNOTAVAIL':
      return `${place || 'The address'} is not of this machine. Give another --host.`;
    case 'ENOTFOUND':
      return 'The name given to --host leads nowhere. Give an address of this machine.';
    default:
      return `The server could not start: ${message}`;
  }
}
