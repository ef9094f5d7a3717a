// The frames of Paperclip 1 as data: the one list from which the codec takes its type numbers and
// from which the paper's table and a packet dissector are made.

/**
 * Fields are RFC 9000 varints in shortest form, but for `data` and `reason`, which are bytes: as
 * many as the frame says, or as its name does.
 */
export interface FrameDefinition {
  readonly type: number;
  readonly name: string;
  readonly fields: readonly string[];
  /** Makes the receiver acknowledge the packet, and counts as in flight (RFC 9002 section 2). */
  readonly ackEliciting: boolean;
}

export const frameTypes = {
  padding: 0x00,
  ping: 0x01,
  ack: 0x02,
  ackWithTime: 0x03,
  connectionWindow: 0x04,
  channelWindow: 0x05,
  pathChallenge: 0x06,
  pathResponse: 0x07,
  time: 0x08,
  close: 0x09,
  message: 0x10,
  messageFragment: 0x11,
  messageCompressed: 0x12,
  messageFragmentCompressed: 0x13,
} as const;

const wholeMessage = ['channel', 'messageId', 'length', 'data'] as const;
const fragment = ['channel', 'messageId', 'totalBytes', 'count', 'index', 'data'] as const;

export const frameTable: readonly FrameDefinition[] = [
  { type: 0x00, name: 'PADDING', fields: [], ackEliciting: false },
  { type: 0x01, name: 'PING', fields: [], ackEliciting: true },
  {
    type: 0x02,
    name: 'ACK',
    fields: ['largest', 'delay', 'rangeCount', 'firstRange', '(gap, range)*'],
    ackEliciting: false,
  },
  {
    type: 0x03,
    name: 'ACK with receive time',
    fields: ['receiveTime', 'largest', 'delay', 'rangeCount', 'firstRange', '(gap, range)*'],
    ackEliciting: false,
  },
  { type: 0x04, name: 'WINDOW connection', fields: ['creditBytes'], ackEliciting: true },
  { type: 0x05, name: 'WINDOW channel', fields: ['channel', 'creditBytes'], ackEliciting: true },
  { type: 0x06, name: 'PATH_CHALLENGE', fields: ['data 8'], ackEliciting: true },
  { type: 0x07, name: 'PATH_RESPONSE', fields: ['data 8'], ackEliciting: true },
  { type: 0x08, name: 'TIME', fields: ['epoch'], ackEliciting: true },
  { type: 0x09, name: 'CLOSE', fields: ['code', 'length', 'reason'], ackEliciting: false },
  { type: 0x10, name: 'MESSAGE', fields: wholeMessage, ackEliciting: true },
  { type: 0x11, name: 'MESSAGE fragment', fields: fragment, ackEliciting: true },
  { type: 0x12, name: 'MESSAGE compressed', fields: wholeMessage, ackEliciting: true },
  { type: 0x13, name: 'MESSAGE fragment compressed', fields: fragment, ackEliciting: true },
];
