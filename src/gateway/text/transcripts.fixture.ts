// The sections of the text protocol as transcripts, as `text-world.fixture.ts` reads them. Between
// them they provoke every code that the protocol has.

import type { Transcript } from './transcript-scenes.fixture.ts';
import { sectionNine } from './transcripts-game.fixture.ts';
import { beyond, sectionEleven, sectionTen } from './transcripts-more.fixture.ts';
import { sectionsOneToEight } from './transcripts-talk.fixture.ts';

export const transcripts: readonly Transcript[] = [
  ...sectionsOneToEight,
  ...sectionNine,
  ...sectionTen,
  ...sectionEleven,
  ...beyond,
];
