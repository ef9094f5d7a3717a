// One connection of a line wire: a `FramedConnection` whose frames are lines of UTF-8. What is no
// line counts as abuse before its session hears of it.
//
// It knows no protocol and no player; the session of a wire does.

import type { ByteStream } from '../protocol/byte-stream.ts';
import { type LineEvent, LineReader } from '../protocol/line/line-reader.ts';
import {
  type ConnectionEnd,
  FramedConnection,
  type FramedContext,
  type FrameReader,
  type FrameSession,
  type SessionEnd,
} from './framed-connection.ts';

export type LineEnd = ConnectionEnd;
export type { SessionEnd };

/**
 * Methods may return a promise; nothing else is called until it settles. A rejection is a mistake
 * of ours and closes the connection.
 */
export interface LineSession {
  handleLine(text: string): void | Promise<void>;
  /** Counted as abuse already. The rest of the line is skipped, unless the session closes. */
  handleTooLong(): void | Promise<void>;
  /** Counted as abuse already. */
  handleInvalidUtf8(): void | Promise<void>;
  /** Called once, last, when the stream is closed and the line under way is done. */
  handleClosed(end: LineEnd): void | Promise<void>;
}

export type LineContext = Omit<FramedContext<LineEvent>, 'reader'>;

export class LineConnection extends FramedConnection<LineEvent> {
  constructor(stream: ByteStream, lineBytesMax: number, context: LineContext) {
    super(stream, { ...context, reader: linesOf(new LineReader(lineBytesMax)) });
  }

  /** Once, by the server. */
  start(createSession: (connection: LineConnection) => LineSession): void {
    this.open(() => this.#frames(createSession(this)));
  }

  /**
   * The end of the line is added here. On a connection that is closed it does nothing. A peer that
   * does not read is cut off.
   */
  send(line: string): void {
    if (line.includes('\n')) throw new RangeError('line: has a line feed in it');
    this.write(`${line}\n`);
  }

  /** What was sent still leaves, and `lastLine` after it; lines that wait are not handled. */
  close(lastLine?: string, end: SessionEnd = 'goodbye'): void {
    if (lastLine !== undefined) this.send(lastLine);
    this.end(undefined, end);
  }

  #frames(session: LineSession): FrameSession<LineEvent> {
    return {
      handleFrame: (event) => {
        if (event.kind === 'line') return session.handleLine(event.text);
        if (!this.countAbuse()) return undefined;
        return event.kind === 'too-long' ? session.handleTooLong() : session.handleInvalidUtf8();
      },
      handleClosed: (end) => session.handleClosed(end),
    };
  }
}

/** What has no LF at the end of the stream is no line here. */
const linesOf = (reader: LineReader): FrameReader<LineEvent> => ({
  get waitingBytes() {
    return reader.waitingBytes;
  },
  handleBytes: (bytes) => reader.handleBytes(bytes),
  handleEnd: () => {},
  poll: () => reader.pollLine(),
});
