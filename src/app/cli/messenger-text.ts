// What the messenger shows of an event: one line, or a few.

import type { MessengerEvent } from '../../client/messenger/messenger-client.ts';
import type { Terminal } from './terminal.ts';

/** Empty for what is not for reading. */
export function messengerLines(event: MessengerEvent, terminal: Terminal): readonly string[] {
  const bold = (text: string) => terminal.style('bold', text);
  switch (event.kind) {
    case 'needs-name':
    case 'needs-password':
    case 'over':
      return [];
    case 'logged-in':
      return [terminal.style('green', event.text), 'Type `help` for what there is.'];
    case 'announcement':
      return [terminal.style('dim', event.text)];
    case 'error':
      return [terminal.style('red', event.text)];
    case 'message':
      return [`${bold(event.from)}: ${event.text}`];
    case 'broadcast':
      return [`${bold(event.from)} to all: ${event.text}`];
    case 'names':
      return event.names.length === 0 ? ['Nobody else.'] : event.names;
    case 'help':
      return event.lines;
    case 'private-asked':
      return [`${bold(event.from)} wants a private connection: yes or no?`];
    case 'private-opened': {
      const how = event.isSealed ? 'encrypted' : 'NOT encrypted: the other client cannot';
      return [`Private connection with ${bold(event.with)} (${how}).`];
    }
    case 'private-message':
      return [`${bold(event.from)} (private): ${event.text}`];
    case 'private-ended':
      return [`The private connection with ${bold(event.with)} has ended.`];
    case 'server-gone':
      return event.why === 'lost' ? ['The connection to the server is lost.'] : [];
    default:
      return event satisfies never;
  }
}
