// One connection of the guessing wire: a `FramedConnection` whose frames are JSON values, with or
// without line ends between them. What is written ends with one.

import type { ByteStream } from '../../protocol/byte-stream.ts';
import { type JsonValueEvent, JsonValueReader } from '../../protocol/line/json-values.ts';
import { FramedConnection, type FramedContext } from '../framed-connection.ts';
import { guessLimits } from './guess-limits.ts';

export class GuessConnection extends FramedConnection<JsonValueEvent> {
  constructor(stream: ByteStream, context: Omit<FramedContext<JsonValueEvent>, 'reader'>) {
    super(stream, { ...context, reader: new JsonValueReader(guessLimits.valueBytesMax) });
  }

  /** On a connection that is closed it does nothing. A peer that does not read is cut off. */
  send(json: string): void {
    this.write(`${json}\n`);
  }
}
