// Section 9: the guessing game.

import { annAndBob, cat, eve, type Transcript } from './transcript-scenes.fixture.ts';

/** Two who have started a game, and one who is only there. */
const game = `
  ${annAndBob}
  ${cat}
  ann C> START_GAME_REQ
  ann S< START_GAME_RESP {"status":"OK"}
  bob S< GAME_NOTIFICATION {"status":"OK","username":"ann"}
  cat S< GAME_NOTIFICATION {"status":"OK","username":"ann"}
  bob C> JOIN_GAME_REQ
  bob S< JOIN_GAME_RESP {"status":"OK"}
  wait 10 s
  ann S< START_GAME_RESP {"status":"OK","players":["ann","bob"]}
  bob S< START_GAME_RESP {"status":"OK","players":["ann","bob"]}
`;

export const sectionNine: readonly Transcript[] = [
  {
    title: '9: a game of two, from the start to the results, and then the next',
    text: `
      ${game}
      ann C> GUESS_NUMBER_REQ {"number":12}
      ann C> GUESS_NUMBER_REQ {"number":"37"}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":-1,"message":"Your guess is too low."}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":1,"message":"Your guess is too high."}
      wait 2 s
      bob C> GUESS_NUMBER_REQ {"number":25}
      bob S< GUESS_NUMBER_RESP {"status":"OK","result":0,"message":"Your guess is correct."}
      bob C> GUESS_NUMBER_REQ {"number":26}
      bob S< GUESS_NUMBER_RESP {"status":"ERROR","code":9001,"message":"The match did not take this: you have found the number; wait for the others."}
      wait 1.5 s
      ann C> GUESS_NUMBER_REQ {"number":25}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":0,"message":"Your guess is correct."}
      ann S< GAME_RESULTS {"status":"OK","results":[{"username":"bob","time":2000},{"username":"ann","time":3500}]}
      bob S< GAME_RESULTS {"status":"OK","results":[{"username":"bob","time":2000},{"username":"ann","time":3500}]}
      cat C> START_GAME_REQ
      cat S< START_GAME_RESP {"status":"OK"}
      ann S< GAME_NOTIFICATION {"status":"OK","username":"cat"}
      bob S< GAME_NOTIFICATION {"status":"OK","username":"cat"}
    `,
  },
  {
    title: '9: too few join',
    text: `
      ${annAndBob}
      ann C> START_GAME_REQ
      ann S< START_GAME_RESP {"status":"OK"}
      bob S< GAME_NOTIFICATION {"status":"OK","username":"ann"}
      wait 10 s
      ann S< START_GAME_RESP {"status":"ERROR","code":6002}
      bob C> JOIN_GAME_REQ
      bob S< JOIN_GAME_RESP {"status":"ERROR","code":6005}
    `,
  },
  {
    title: '9: what cannot be done without a game, while it gathers players, and while it runs',
    text: `
      ${annAndBob}
      ${cat}
      ${eve}
      eve C> START_GAME_REQ
      eve C> JOIN_GAME_REQ
      eve C> GUESS_NUMBER_REQ {"number":1}
      eve S< START_GAME_RESP {"status":"ERROR","code":6000}
      eve S< JOIN_GAME_RESP {"status":"ERROR","code":6000}
      eve S< GUESS_NUMBER_RESP {"status":"ERROR","code":6000}
      cat C> JOIN_GAME_REQ
      cat C> GUESS_NUMBER_REQ {"number":1}
      cat S< JOIN_GAME_RESP {"status":"ERROR","code":6005}
      cat S< GUESS_NUMBER_RESP {"status":"ERROR","code":6005}
      ann C> START_GAME_REQ
      ann C> START_GAME_REQ
      ann C> JOIN_GAME_REQ
      ann C> GUESS_NUMBER_REQ {"number":1}
      ann S< START_GAME_RESP {"status":"OK"}
      ann S< START_GAME_RESP {"status":"ERROR","code":6004}
      ann S< JOIN_GAME_RESP {"status":"ERROR","code":6004}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7003}
      bob S< GAME_NOTIFICATION {"status":"OK","username":"ann"}
      cat S< GAME_NOTIFICATION {"status":"OK","username":"ann"}
      cat C> START_GAME_REQ
      cat C> GUESS_NUMBER_REQ {"number":1}
      cat S< START_GAME_RESP {"status":"ERROR","code":6003}
      cat S< GUESS_NUMBER_RESP {"status":"ERROR","code":7003}
      bob C> JOIN_GAME_REQ
      bob S< JOIN_GAME_RESP {"status":"OK"}
      wait 10 s
      ann S< START_GAME_RESP {"status":"OK","players":["ann","bob"]}
      bob S< START_GAME_RESP {"status":"OK","players":["ann","bob"]}
      cat C> START_GAME_REQ
      cat C> JOIN_GAME_REQ
      cat C> GUESS_NUMBER_REQ {"number":1}
      cat S< START_GAME_RESP {"status":"ERROR","code":6003}
      cat S< JOIN_GAME_RESP {"status":"ERROR","code":6003}
      cat S< GUESS_NUMBER_RESP {"status":"ERROR","code":8001}
      ann C> START_GAME_REQ
      ann C> GUESS_NUMBER_REQ {"number":0}
      ann C> GUESS_NUMBER_REQ {"number":51}
      ann C> GUESS_NUMBER_REQ {"number":1e300}
      ann C> GUESS_NUMBER_REQ {"number":4.5}
      ann C> GUESS_NUMBER_REQ {"number":"four"}
      ann C> GUESS_NUMBER_REQ {"number":"-5"}
      ann S< START_GAME_RESP {"status":"ERROR","code":6003}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7007}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7007}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7007}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7004}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7004}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7004}
    `,
  },
  {
    title: '9: who says goodbye or is lost keeps nobody waiting, in the game and before it',
    text: `
      ${game}
      ann C> GUESS_NUMBER_REQ {"number":25}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":0,"message":"Your guess is correct."}
      bob C> BYE
      bob S< BYE_RESP {"status":"OK"}
      bob closed
      cat S< LEFT {"username":"bob"}
      ann S< LEFT {"username":"bob"}
      ann S< GAME_RESULTS {"status":"OK","results":[{"username":"ann","time":0},{"username":"bob","time":null}]}
      cat C> START_GAME_REQ
      cat S< START_GAME_RESP {"status":"OK"}
      ann S< GAME_NOTIFICATION {"status":"OK","username":"cat"}
      ann C> JOIN_GAME_REQ
      ann S< JOIN_GAME_RESP {"status":"OK"}
      cat hangs up
      ann S< LEFT {"username":"cat"}
      wait 10 s
      ann S< START_GAME_RESP {"status":"ERROR","code":6002}
    `,
  },
  {
    title: '9: two minutes are the limit; nobody found it',
    text: `
      ${game}
      ann C> GUESS_NUMBER_REQ {"number":24}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":-1,"message":"Your guess is too low."}
      wait 119.5 s
      wait 0.5 s
      ann S< GAME_RESULTS {"status":"ERROR","code":9002}
      bob S< GAME_RESULTS {"status":"ERROR","code":9002}
    `,
  },
  {
    title: '9: a player on another wire sees the same party and the same match',
    text: `
      ${annAndBob}
      zed comes by another wire
      ann S< JOINED {"username":"zed"}
      bob S< JOINED {"username":"zed"}
      zed does party.start {"game":"guess","settings":{"mode":"party"}}
      ann S< GAME_NOTIFICATION {"status":"OK","username":"zed"}
      bob S< GAME_NOTIFICATION {"status":"OK","username":"zed"}
      ann C> JOIN_GAME_REQ
      ann S< JOIN_GAME_RESP {"status":"OK"}
      wait 10 s
      ann C> GUESS_NUMBER_REQ {"number":25}
      ann S< GUESS_NUMBER_RESP {"status":"ERROR","code":7003}
      zed takes the seat
      ann S< START_GAME_RESP {"status":"OK","players":["zed","ann"]}
      ann C> GUESS_NUMBER_REQ {"number":25}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":0,"message":"Your guess is correct."}
      wait 120 s
      ann S< GAME_RESULTS {"status":"OK","results":[{"username":"ann","time":0},{"username":"zed","time":null}]}
    `,
  },
  {
    title: '9: a host that dies ends the game, with what was known; without one there is none',
    text: `
      ${game}
      ann C> GUESS_NUMBER_REQ {"number":25}
      ann S< GUESS_NUMBER_RESP {"status":"OK","result":0,"message":"Your guess is correct."}
      the host dies
      ann S< GAME_RESULTS {"status":"OK","results":[{"username":"ann","time":0},{"username":"bob","time":null}]}
      bob S< GAME_RESULTS {"status":"OK","results":[{"username":"ann","time":0},{"username":"bob","time":null}]}
      bob C> START_GAME_REQ
      bob S< START_GAME_RESP {"status":"OK"}
      ann S< GAME_NOTIFICATION {"status":"OK","username":"bob"}
      cat S< GAME_NOTIFICATION {"status":"OK","username":"bob"}
      cat C> JOIN_GAME_REQ
      cat S< JOIN_GAME_RESP {"status":"OK"}
      wait 10 s
      bob S< START_GAME_RESP {"status":"ERROR","code":9001,"message":"The server has no room for the game now."}
      cat S< START_GAME_RESP {"status":"ERROR","code":9001,"message":"The server has no room for the game now."}
    `,
  },
];
