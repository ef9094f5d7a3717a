// Why a file did not arrive, as a sentence for one side of it.

import { ClientError, PaperclipError } from '../../../client/index.ts';
import type { FileFailure } from '../../../contract/file-schema.ts';
import { contractLimits } from '../../../contract/limits.ts';
import { ChatMistake } from './chat-mistake.ts';

/** How an offer or a transfer ended that did not succeed. */
export type FileEnding = FileFailure | 'refused' | 'elsewhere' | 'mine' | 'unanswered' | 'over';

/** `peer` is the other side, made harmless. */
export const endingText = (ending: FileEnding, peer: string, isMine: boolean): string =>
  (isMine ? sendersText(peer) : receiversText(peer))[ending];

const bothText = (peer: string) => ({
  elsewhere: 'it was answered in another session of yours.',
  mine: 'you ended it.',
  cancelled: `${peer} ended it.`,
  blocked: `there is a block between you and ${peer}.`,
  shutdown: 'the server shut down.',
  unanswered: `${peer} could not be reached any more.`,
  over: 'its transfer is over at the server. Offer it again.',
});

const sendersText = (peer: string): Readonly<Record<FileEnding, string>> => ({
  ...bothText(peer),
  refused: `${peer} does not want it.`,
  expired: `${peer} did not answer within ${contractLimits.fileOfferS} s.`,
  checksum: 'its bytes are not those that were offered: it changed meanwhile.',
  size: 'its length is not the one that was offered: it changed meanwhile.',
  'sender-gone': 'your connection was away for too long.',
  'receiver-gone': `${peer} is gone.`,
});

const receiversText = (peer: string): Readonly<Record<FileEnding, string>> => ({
  ...bothText(peer),
  refused: 'you refused it.',
  expired: `the offer of ${peer} was open for ${contractLimits.fileOfferS} s and is over.`,
  checksum: `its checksum is wrong. What came was deleted; ask ${peer} to send it again.`,
  size: `its length is not what ${peer} offered. What came was deleted.`,
  'sender-gone': `${peer} is gone. What came was deleted.`,
  'receiver-gone': 'your connection was away for too long. What came was deleted.',
});

/** What a failed transfer threw; a mistake of this program comes as its message. */
export function causeText(cause: unknown, peer: string, isMine: boolean): string {
  if (cause instanceof ChatMistake) return cause.message;
  if (cause instanceof PaperclipError) {
    const { code, body } = cause;
    if (code === 'FILE_NOT_FOUND' || code === 'FILE_RANGE_GONE') {
      return endingText('over', peer, isMine);
    }
    const reason = code === 'FILE_FAILED' ? body.details?.['reason'] : undefined;
    if (isEnding(reason)) return endingText(reason, peer, isMine);
    return `${body.message} ${body.fix}`;
  }
  if (cause instanceof ClientError) return `${cause.body.message} ${cause.body.fix}`;
  return cause instanceof Error ? cause.message : String(cause);
}

const isEnding = (text: unknown): text is FileEnding =>
  typeof text === 'string' && Object.hasOwn(sendersText(''), text);
