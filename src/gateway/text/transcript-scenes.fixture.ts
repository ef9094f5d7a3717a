// What a transcript is, and the scenes that many of them begin with.

import type { TextWorldOptions } from './text-world.fixture.ts';

export interface Transcript {
  readonly title: string;
  readonly options?: TextWorldOptions;
  readonly text: string;
}

/** Two who are logged in. */
export const annAndBob = `
  ann connects
  ann S< WELCOME {"msg":"Welcome to Paperclip 1.2.3"}
  ann C> LOGIN_REQ {"username":"ann"}
  ann S< LOGIN_RESP {"status":"OK"}
  bob connects
  bob S< WELCOME {"msg":"Welcome to Paperclip 1.2.3"}
  bob C> LOGIN_REQ {"username":"bob"}
  bob S< LOGIN_RESP {"status":"OK"}
  ann S< JOINED {"username":"bob"}
`;

export const eve = `
  eve connects
  eve S< WELCOME …
`;

export const cat = `
  cat connects
  cat S< WELCOME …
  cat C> LOGIN_REQ {"username":"cat"}
  cat S< LOGIN_RESP {"status":"OK"}
  ann S< JOINED {"username":"cat"}
  bob S< JOINED {"username":"cat"}
`;
