// From the channels that a program names to wire ids, and the hash by which two ends find out in
// the handshake that they were given the same ones.

import { utf8 } from '../../base/bytes.ts';
import { parameterLimits } from '../../codec/paperclip/parameters.ts';
import type { Crypto } from '../crypto.ts';
import type { ChannelMode, ChannelOptions, ChannelPlan } from '../link.ts';
import { latestKeyBytesMax, needsCredit, usualLane } from './channel-modes.ts';
import { lanes } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import type { PlannedChannel } from './parameters.ts';

const modes: readonly ChannelMode[] = [
  'unreliable',
  'unreliable-sequenced',
  'reliable-unordered',
  'reliable-ordered',
  'reliable-latest',
];

const channelNameCharactersMax = 64;

/** Wire ids are the indexes: names sorted by UTF-16 code unit. Throws on a plan that cannot be. */
export function planChannels(plan: ChannelPlan): readonly PlannedChannel[] {
  // Plain JavaScript may forget the option, or call an older signature.
  const names = Object.keys(plan ?? {}).sort();
  if (names.length === 0)
    throw new RangeError("channels must name at least one: { moves: 'reliable-ordered' }");
  if (names.length > protocolLimits.channelsMax) {
    throw new RangeError(`channels names ${names.length}, more than ${protocolLimits.channelsMax}`);
  }
  return names.map((name) => planChannel(name, plan));
}

/**
 * SHA-256 over `name NUL mode NUL limit NUL compress LF` of each channel in wire order, with
 * `compress` 0 or 1: its first 8 bytes.
 */
export function channelPlanHash(crypto: Crypto, channels: readonly PlannedChannel[]): Uint8Array {
  const text = channels
    .map(({ name, mode, messageBytesMax, compress }) => {
      return `${name}\0${mode}\0${messageBytesMax}\0${compress ? 1 : 0}\n`;
    })
    .join('');
  return crypto.sha256(utf8(text)).slice(0, parameterLimits.channelPlanHashBytes);
}

function messageBytesMost(mode: ChannelMode): number {
  if (needsCredit(mode)) return protocolLimits.messageBytesMax;
  const most = protocolLimits.uncreditedMessageBytesMax;
  return mode === 'reliable-latest' ? most - latestKeyBytesMax : most;
}

function planChannel(name: string, plan: ChannelPlan): PlannedChannel {
  const given = plan[name]!;
  const options: ChannelOptions = typeof given === 'string' ? { mode: given } : given;
  const { mode, compress = false } = options;
  if (name.length === 0 || name.length > channelNameCharactersMax || !name.isWellFormed()) {
    throw new RangeError(`channel name must be 1 to ${channelNameCharactersMax} characters`);
  }
  if (!modes.includes(mode)) {
    throw new RangeError(`channels.${name}: mode must be one of ${modes.join(', ')}, not ${mode}`);
  }
  const most = messageBytesMost(mode);
  const usual = needsCredit(mode) ? protocolLimits.messageBytesDefault : most;
  const messageBytesMax = options.messageBytesMax ?? usual;
  if (!Number.isInteger(messageBytesMax) || messageBytesMax < 1 || messageBytesMax > most) {
    throw new RangeError(
      `channels.${name}: messageBytesMax must be 1 to ${most}, not ${messageBytesMax}`,
    );
  }
  if (typeof compress !== 'boolean') {
    throw new TypeError(`channels.${name}: compress must be true or false, not ${compress}`);
  }
  const { lane = usualLane(mode), weight = 1, redundancy = false } = options;
  if (!lanes.includes(lane)) {
    throw new RangeError(`channels.${name}: lane must be one of ${lanes.join(', ')}, not ${lane}`);
  }
  const { channelWeightMax } = protocolLimits;
  if (!Number.isInteger(weight) || weight < 1 || weight > channelWeightMax) {
    throw new RangeError(
      `channels.${name}: weight must be a whole number from 1 to ${channelWeightMax}, not ${weight}`,
    );
  }
  if (typeof redundancy !== 'boolean') {
    throw new TypeError(`channels.${name}: redundancy must be true or false, not ${redundancy}`);
  }
  // A value needs no copies: the next one of its key repairs its loss.
  if (redundancy && !needsCredit(mode)) {
    throw new RangeError(
      `channels.${name}: redundancy is for reliable-ordered and reliable-unordered, not ${mode}`,
    );
  }
  return { name, mode, messageBytesMax, compress, lane, weight, redundancy };
}
