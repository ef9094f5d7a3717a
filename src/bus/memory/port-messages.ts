// What the two ends of a bridged bus tell each other over a MessagePort. The inner end (a worker)
// holds no topics of its own: all of them live on the bus of the outer end.

import type { BroadcastTopics, RequestTopics } from '../../domain/bus.ts';

export type BroadcastTopic = keyof BroadcastTopics;
export type RequestTopic = keyof RequestTopics;

/** An answer or how it failed. */
export type PortOutcome =
  | { readonly answer: unknown }
  | { readonly error: 'timeout' | 'failure'; readonly message: string };

export type ToOuter =
  | { readonly kind: 'publish'; readonly topic: BroadcastTopic; readonly message: unknown }
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly topic: BroadcastTopic }
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly topic: RequestTopic;
      readonly to: string;
      readonly ask: unknown;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'serve' | 'unserve'; readonly topic: RequestTopic; readonly as: string }
  | { readonly kind: 'answered'; readonly id: number; readonly outcome: PortOutcome };

export type ToInner =
  | { readonly kind: 'message'; readonly topic: BroadcastTopic; readonly message: unknown }
  | { readonly kind: 'answered'; readonly id: number; readonly outcome: PortOutcome }
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly topic: RequestTopic;
      readonly as: string;
      readonly ask: unknown;
    };
