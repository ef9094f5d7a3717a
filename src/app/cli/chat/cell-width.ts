// How many cells of a terminal a text takes. Emoji and East Asian wide characters take two, marks
// that stand on another character none. An estimate: terminals differ about some.

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What a person sees as one character each. */
export const graphemesOf = (text: string): readonly string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment);

/** Hangul, CJK, kana, full-width forms, and what has an emoji's looks. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|^\p{Extended_Pictographic}\ufe0f/u;
const noWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

const graphemeWidth = (grapheme: string): number =>
  wide.test(grapheme) ? 2 : noWidth.test(grapheme) ? 0 : 1;

export const cellWidth = (text: string): number =>
  graphemesOf(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
