// The wire of a match: established Paperclip 1 links on one side, the seats of a `MatchHost` on the
// other. The protocol has verified the ticket; this file maps its claims to a seat, bytes to
// messages, and the end of either to the other. It holds no rule of the game or the platform.
//
// It needs only the `Listener` and `Link` interfaces, so any wire that gives them can sit here.

import type { Log } from '../../contract/telemetry.ts';
import type { MatchHost, SeatHandle, SeatSink } from '../../domain/host/match-host.ts';
import type { Timers } from '../../domain/ports.ts';
import { gameLimits } from '../../game/limits.ts';
import { decodeClientMessage, encodeHostMessage, matchCloseCodes } from '../../game/messages.ts';
import type { Link, LinkEnd, Listener, SendOptions } from '../../protocol/link.ts';

/** How long the last message may take to be delivered before the link is closed anyway. */
const finishWithinMs = 5_000;

export interface MatchGateway {
  readonly links: number;
  /** Ended links by kind, since the start. */
  readonly linkEnds: Readonly<Record<string, number>>;
}

export function matchGateway(
  listener: Pick<Listener, 'onLink'>,
  host: MatchHost,
  timers: Timers,
  log: Log,
): MatchGateway {
  const linkEnds: Record<string, number> = {};
  let links = 0;

  listener.onLink = (link) => {
    links += 1;
    seatLink(link, host, timers, log, (end) => {
      links -= 1;
      linkEnds[end.kind] = (linkEnds[end.kind] ?? 0) + 1;
    });
  };

  return {
    get links() {
      return links;
    },
    linkEnds,
  };
}

function seatLink(
  link: Link,
  host: MatchHost,
  timers: Timers,
  log: Log,
  ended: (end: LinkEnd) => void,
): void {
  let seat: SeatHandle | undefined;
  let sink: LinkSink | undefined;
  link.onEnd = (end) => {
    ended(end);
    sink?.end();
    seat?.lost();
  };

  const { ticket } = link.peer;
  if (ticket === undefined) {
    closeLink(link, 'no-such-seat');
    return;
  }
  const { matchId } = ticket;
  sink = linkSink(link, timers, log, matchId);
  const attached = host.attach(matchId, ticket.seat, ticket.playerId, sink);
  if (!attached.ok) {
    log.info('link has no seat', { matchId, why: attached.error });
    closeLink(link, 'no-such-seat');
    return;
  }
  const handle = attached.value;
  seat = handle;

  link.onMessage = (_channel, bytes) => {
    const message = decodeClientMessage(bytes);
    if (message.ok) {
      handle.receive(message.value);
      return;
    }
    // An authenticated client that does not speak the match protocol is broken or hostile.
    log.info('bad match message', { matchId, problem: message.error });
    closeLink(link, 'bad-message');
  };
}

interface LinkSink extends SeatSink {
  /** The link is gone: nothing is waited for any more. */
  end(): void;
}

function linkSink(link: Link, timers: Timers, log: Log, matchId: string): LinkSink {
  // Reliable messages that the player's machine has not acknowledged; the last one to be so closes
  // a finished link, so that nobody misses the result.
  let unsettled = 0;
  let finishing = false;
  let cancelTimer: (() => void) | undefined;
  const closeWhenSettled = (): void => {
    if (!finishing || unsettled > 0) return;
    cancelTimer?.();
    closeLink(link, 'match-over');
  };
  const settled = (): void => {
    unsettled -= 1;
    closeWhenSettled();
  };
  // On a path that is too slow for every view, an old one only holds up the next.
  const fresh: SendOptions = { ttlMs: gameLimits.viewResendMs };
  const reliable: SendOptions = { onDelivered: settled, onLost: settled };

  return {
    send(channel, message) {
      if (!link.isOpen) return;
      try {
        if (channel === 'reliable') unsettled += 1;
        link.send(channel, encodeHostMessage(message), channel === 'reliable' ? reliable : fresh);
        link.flush();
      } catch (cause) {
        // It did not read until its queue reached the hard limit: the seat's grace time starts.
        log.info('link cut off', { matchId, cause: String(cause) });
        closeLink(link, 'too-slow');
      }
    },
    finish() {
      if (!link.isOpen) return;
      finishing = true;
      cancelTimer = timers.after(finishWithinMs, () => closeLink(link, 'match-over'));
      closeWhenSettled();
    },
    replaced: () => closeLink(link, 'replaced'),
    end: () => cancelTimer?.(),
  };
}

function closeLink(link: Link, why: keyof typeof matchCloseCodes): void {
  if (link.isOpen) link.close(matchCloseCodes[why], why);
}
