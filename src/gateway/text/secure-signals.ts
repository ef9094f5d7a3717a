// Section 11 on the platform's side: the three messages as signals between two players' clients,
// which the server passes on and does not keep. Here is what comes in from others, who may be on
// any wire and send anything under these kinds.

import { Compile } from 'typebox/compile';
import type { EventData } from '../../contract/events.ts';
import { t } from '../../contract/schema.ts';

export const secureKinds = {
  request: 'text.secure-request',
  answer: 'text.secure-answer',
  message: 'text.secure-message',
} as const;

export interface TextNotice {
  readonly header: string;
  readonly body: object;
}

export type ReadSecureSignal = (signal: EventData<'signal.received'>) => TextNotice | undefined;

/** Undefined for what is not of this protocol. */
export function secureSignals(): ReadSecureSignal {
  const answers = Compile(t.Object({ publicKey: t.String() }));
  const messages = Compile(t.Object({ sessionKey: t.String(), message: t.String() }));
  return ({ from: { name }, kind, body }) => {
    if (kind === secureKinds.request) {
      return { header: 'SECURE_MESSAGE_REQ', body: { sender: name } };
    }
    if (kind === secureKinds.answer && answers.Check(body)) {
      const { publicKey } = body;
      return { header: 'SECURE_MESSAGE_RES', body: { receiver: name, publicKey } };
    }
    if (kind === secureKinds.message && messages.Check(body)) {
      const { sessionKey, message } = body;
      return { header: 'SECURE_MESSAGE', body: { sender: name, sessionKey, message } };
    }
    return undefined;
  };
}
