// The guessing wire's specification as transcripts: every sentence and every field. The number is
// always 7.

export interface GuessTranscript {
  readonly title: string;
  readonly text: string;
}

const rules = '{"rules":{"min":1,"max":10,"attempts":5}}';
const welcome = '{"rules":{"min":1,"max":10,"attempts":5},"modes":["single","multi"]}';
const small = '{"message":"Hint: You guessed too small!","finish":false}';
const high = '{"message":"Hint: You guessed too high!","finish":false}';
const right = '{"message":"Congratulations, you did it.","finish":true}';
const used = '{"message":"Sorry, you\'ve used all your attempts!","finish":true}';
const byAnother = '{"message":"Some client made answer, start new round.","finish":true}';
const byNobody = '{"message":"All participants failed to guess, start new round.","finish":true}';
const error = (code: string): string => `{"error":{"code":"${code}","message":"…"}}`;

export const guessTranscripts: readonly GuessTranscript[] = [
  {
    title: 'alone: rules, hints, the right number, and the rules of the next round',
    text: `
      ada connects
      ada C> start.
      ada S< ${welcome}
      ada C> {"mode":"single"}
      ada S< ${rules}
      ada C> {"key":5}
      ada S< ${small}
      ada C> {"key":9}
      ada S< ${high}
      ada C> {"key":7}
      ada S< ${right}
      ada S< ${rules}
      ada C> {"key":1}
      ada S< ${small}`,
  },
  {
    title: 'alone: five attempts, and a new round by itself',
    text: `
      ada connects
      ada C> start.
      ada S< ${welcome}
      ada C> {"mode":"single"}
      ada C> {"key":1}
      ada C> {"key":2}
      ada C> {"key":10}
      ada C> {"key":3}
      ada C> {"key":4}
      ada C> {"key":7}
      ada S< ${rules}
      ada S< ${small}
      ada S< ${small}
      ada S< ${high}
      ada S< ${small}
      ada S< ${used}
      ada S< ${rules}
      ada S< ${right}
      ada S< ${rules}`,
  },
  {
    title: 'a client that sends a key at once plays alone',
    text: `
      ada connects
      ada C> start.
      ada S< ${welcome}
      ada C> {"key":5}
      ada S< ${small}
      ada C> {"key":7}
      ada S< ${right}
      ada S< ${rules}
      bob connects
      bob C> {"key":8}
      bob S< ${rules}
      bob S< ${high}
      cat connects
      cat C> {"mode":"multi"}
      cat S< ${rules}`,
  },
  {
    title: 'exit goes back to choosing a mode, and from there it ends',
    text: `
      ada connects
      ada C> start.
      ada C> {"mode":"single"}
      ada C> {"key":5}
      ada S< ${welcome}
      ada S< ${rules}
      ada S< ${small}
      ada C> {"command":"exit"}
      ada S< ${welcome}
      ada C> {"mode":"multi"}
      ada S< ${rules}
      ada C> {"command":"exit"}
      ada S< ${welcome}
      ada C> {"mode":"single"}
      ada S< ${rules}
      ada C> {"command":"exit"}
      ada C> {"command":"exit"}
      ada S< ${welcome}
      ada closed
      bob connects
      bob C> {"command":"exit"}
      bob closed`,
  },
  {
    title: 'with others: the first right guess ends the round for all',
    text: `
      ada connects
      bob connects
      cat connects
      ada C> start.
      ada C> {"mode":"multi"}
      ada S< ${welcome}
      ada S< ${rules}
      bob C> start.
      bob C> {"mode":"multi"}
      bob S< ${welcome}
      bob S< ${rules}
      ada C> {"key":5}
      ada S< ${small}
      # Who comes late plays in the round that runs.
      cat C> start.
      cat C> {"mode":"multi"}
      cat S< ${welcome}
      cat S< ${rules}
      cat C> {"key":7}
      cat S< ${right}
      cat S< ${rules}
      ada S< ${byAnother}
      ada S< ${rules}
      bob S< ${byAnother}
      bob S< ${rules}
      # All have five attempts again.
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${used}
      ada C> {"key":7}
      ada S< ${error('NO_ATTEMPTS')}`,
  },
  {
    title: 'with others: when all have used their attempts; who leaves counts no more',
    text: `
      ada connects
      bob connects
      cat connects
      ada C> {"mode":"multi"}
      ada S< ${rules}
      bob C> {"mode":"multi"}
      bob S< ${rules}
      cat C> {"mode":"multi"}
      cat S< ${rules}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${used}
      bob C> {"key":10}
      bob C> {"key":10}
      bob C> {"key":10}
      bob C> {"key":10}
      bob S< ${high}
      bob S< ${high}
      bob S< ${high}
      bob S< ${high}
      cat C> {"command":"exit"}
      cat S< ${welcome}
      bob C> {"key":10}
      bob S< ${used}
      bob S< ${byNobody}
      bob S< ${rules}
      ada S< ${byNobody}
      ada S< ${rules}
      # One who hangs up counts no more either: there, nobody has used attempts.
      bob hangs up
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${used}
      ada S< ${byNobody}
      ada S< ${rules}`,
  },
  {
    title: 'who leaves and comes back within a round plays from the next on',
    text: `
      ada connects
      bob connects
      ada C> {"mode":"multi"}
      ada S< ${rules}
      bob C> {"mode":"multi"}
      bob S< ${rules}
      bob C> {"key":1}
      bob S< ${small}
      bob C> {"command":"exit"}
      bob S< ${welcome}
      bob C> {"mode":"multi"}
      bob C> {"key":7}
      bob S< ${error('NOT_YET')}
      ada C> {"key":7}
      ada S< ${right}
      ada S< ${rules}
      bob S< ${rules}`,
  },
  {
    title: 'what is wrong costs no attempt',
    text: `
      ada connects
      ada C> start.
      ada C> {"mode":"single"}
      ada S< ${welcome}
      ada S< ${rules}
      ada C> {"key":0}
      ada C> {"key":11}
      ada C> {"key":"5"}
      ada C> {"key":5.5}
      ada C> {"key":1e99}
      ada C> {"key":null}
      ada S< ${error('OUT_OF_RANGE')}
      ada S< ${error('OUT_OF_RANGE')}
      ada S< ${error('NOT_A_NUMBER')}
      ada S< ${error('NOT_A_NUMBER')}
      ada S< ${error('NOT_A_NUMBER')}
      ada S< ${error('NOT_A_NUMBER')}
      ada C> {"mode":"multi"}
      ada C> start.
      ada C> {"mode":"both"}
      ada C> {"command":"quit"}
      ada C> {"guess":5}
      ada C> ["key",5]
      ada C> {"__proto__":{"key":5}}
      ada S< ${error('IN_A_ROUND')}
      ada S< ${error('IN_A_ROUND')}
      ada S< ${error('UNKNOWN_MODE')}
      ada S< ${error('UNKNOWN_COMMAND')}
      ada S< ${error('UNKNOWN_REQUEST')}
      ada S< ${error('UNKNOWN_REQUEST')}
      ada S< ${error('NOT_JSON')}
      ada C> {"key":5,}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada C> {"key":1}
      ada S< ${error('NOT_JSON')}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${small}
      ada S< ${used}
      ada S< ${rules}`,
  },
];
