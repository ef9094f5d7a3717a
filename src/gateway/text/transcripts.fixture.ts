// The sections of the text protocol as transcripts, as `text-world.fixture.ts` reads them. Between
// them they provoke every code that the protocol has.

import type { TextWorldOptions } from './text-world.fixture.ts';

export interface Transcript {
  readonly title: string;
  readonly options?: TextWorldOptions;
  readonly text: string;
}

/** Two who are logged in. */
const annAndBob = `
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

const eve = `
  eve connects
  eve S< WELCOME …
`;

const cat = `
  cat connects
  cat S< WELCOME …
  cat C> LOGIN_REQ {"username":"cat"}
  cat S< LOGIN_RESP {"status":"OK"}
  ann S< JOINED {"username":"cat"}
  bob S< JOINED {"username":"cat"}
`;

const sectionsOneToEight: readonly Transcript[] = [
  {
    title: '1: connect and log in, and who may not',
    text: `
      account dora
      ${annAndBob}
      ${eve}
      eve C> LOGIN_REQ {"username":"BOB"}
      eve C> LOGIN_REQ {"username":"ev"}
      eve C> LOGIN_REQ {"username":"fifteen_letters"}
      eve C> LOGIN_REQ {"username":"e v e"}
      eve C> LOGIN_REQ {"username":"éve"}
      eve C> LOGIN_REQ {"username":"admin"}
      eve C> LOGIN_REQ {"username":"dora"}
      eve C> LOGIN_REQ {"username":"dora","password":"guessed it"}
      eve C> LOGIN_REQ {"username":"dora","password":""}
      eve C> LOGIN_REQ {"username":"nobody","password":"guessed it"}
      eve S< LOGIN_RESP {"status":"ERROR","code":5000}
      eve S< LOGIN_RESP {"status":"ERROR","code":5001}
      eve S< LOGIN_RESP {"status":"ERROR","code":5001}
      eve S< LOGIN_RESP {"status":"ERROR","code":5001}
      eve S< LOGIN_RESP {"status":"ERROR","code":5001}
      eve S< LOGIN_RESP {"status":"ERROR","code":5000}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve C> LOGIN_REQ {"username":"eve_14_letters"}
      eve S< LOGIN_RESP {"status":"OK"}
      ann S< JOINED {"username":"eve_14_letters"}
      bob S< JOINED {"username":"eve_14_letters"}
      eve C> LOGIN_REQ {"username":"eve"}
      eve S< LOGIN_RESP {"status":"ERROR","code":5002}
    `,
  },
  {
    title: '1: an account logs in with its password, once at a time over this protocol',
    text: `
      account dora
      ${annAndBob}
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"OK"}
      ann S< JOINED {"username":"dora"}
      bob S< JOINED {"username":"dora"}
      two connects
      two S< WELCOME …
      two C> LOGIN_REQ {"username":"Dora","password":"correct horse"}
      two S< LOGIN_RESP {"status":"ERROR","code":5000}
      eve C> BYE
      eve S< BYE_RESP {"status":"OK"}
      eve closed
      ann S< LEFT {"username":"dora"}
      bob S< LEFT {"username":"dora"}
      two C> LOGIN_REQ {"username":"Dora","password":"correct horse"}
      two S< LOGIN_RESP {"status":"OK"}
      ann S< JOINED {"username":"dora"}
      bob S< JOINED {"username":"dora"}
    `,
  },
  {
    title: '1: five wrong passwords lock the account for a minute, the right one too',
    text: `
      account dora
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"one"}
      eve C> LOGIN_REQ {"username":"dora","password":"two"}
      eve C> LOGIN_REQ {"username":"dora","password":"three"}
      eve C> LOGIN_REQ {"username":"dora","password":"four"}
      eve C> LOGIN_REQ {"username":"dora","password":"five"}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003,"message":"Too many failed log-ins for dora; it is locked for 60 s."}
      wait 50 s
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"ERROR","code":5003,"message":"Too many failed log-ins for dora; it is locked for 10 s."}
      wait 9.5 s
      eve C> BYE
      eve S< BYE_RESP {"status":"OK"}
      eve closed
      wait 1 s
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"OK"}
    `,
  },
  {
    title: '1: who does not log in for a minute is let go',
    text: `
      ${eve}
      wait 60 s
      eve S< DSCN {"reason":9005}
      eve closed
    `,
  },
  {
    title: '2: a broadcast goes to everybody but its sender, on every wire',
    text: `
      ${annAndBob}
      zed comes by another wire
      ann S< JOINED {"username":"zed"}
      bob S< JOINED {"username":"zed"}
      ann C> BROADCAST_REQ {"message":"hello \\"world\\" \\ud83d\\ude00"}
      ann S< BROADCAST_RESP {"status":"OK"}
      bob S< BROADCAST {"username":"ann","message":"hello \\"world\\" 😀"}
      zed hears room.message
      zed does room.say {"message":"from elsewhere"}
      ann S< BROADCAST {"username":"zed","message":"from elsewhere"}
      bob S< BROADCAST {"username":"zed","message":"from elsewhere"}
      ann C> BROADCAST_REQ {"message":" "}
      ann S< BROADCAST_RESP {"status":"ERROR","code":9004,"message":"message: does not fit. It takes: …"}
      ann C> BROADCAST_REQ {"message":"bell \\u0007"}
      ann S< BROADCAST_RESP {"status":"ERROR","code":9004,"message":…}
      ${eve}
      eve C> BROADCAST_REQ {"message":"let me in"}
      eve S< BROADCAST_RESP {"status":"ERROR","code":6000}
    `,
  },
  {
    title: '3: PING every ten seconds; who answers stays, who does not is let go after three',
    text: `
      ${annAndBob}
      wait 60 s
      bob is silent
      wait 9.5 s
      wait 0.5 s
      bob S< PING
      wait 2.5 s
      bob C> LIST_USERS_REQ
      bob S< LIST_USERS_RESP {"status":"OK","users":["ann","bob"]}
      wait 0.5 s
      bob S< DSCN {"reason":7000}
      bob closed
      ann S< LEFT {"username":"bob"}
      wait 20 s
    `,
  },
  {
    title: '3: a PONG that was not asked for, before and after the log-in',
    text: `
      ${eve}
      eve C> PONG
      eve S< PONG_ERROR {"code":8000}
      eve C> LOGIN_REQ {"username":"eve"}
      eve C> PONG
      eve S< LOGIN_RESP {"status":"OK"}
      eve S< PONG_ERROR {"code":8000}
      eve is silent
      wait 10 s
      eve S< PING
      eve C> PONG
      eve C> PONG
      eve S< PONG_ERROR {"code":8000}
      wait 3 s
    `,
  },
  {
    title: '4: goodbye, and a connection that is lost',
    text: `
      ${annAndBob}
      ${cat}
      bob C> BYE
      bob C> BROADCAST_REQ {"message":"too late"}
      bob S< BYE_RESP {"status":"OK"}
      bob closed
      ann S< LEFT {"username":"bob"}
      cat S< LEFT {"username":"bob"}
      cat hangs up
      ann S< LEFT {"username":"cat"}
      bob connects
      bob S< WELCOME …
      bob C> LOGIN_REQ {"username":"bob"}
      bob S< LOGIN_RESP {"status":"OK"}
      ann S< JOINED {"username":"bob"}
      ${eve}
      eve C> BYE
      eve S< BYE_RESP {"status":"OK"}
      eve closed
    `,
  },
  {
    title: '5, 6: unknown headers and bodies that do not fit; the connection stays',
    text: `
      ${annAndBob}
      bob C> HELLO
      bob C> login_req {"username":"bob"}
      bob C>
      bob C>  BROADCAST_REQ {"message":"x"}
      bob C> BROADCAST_REQ
      bob C> BROADCAST_REQ {"message":
      bob C> BROADCAST_REQ "message"
      bob C> BROADCAST_REQ ["message"]
      bob C> BROADCAST_REQ null
      bob C> BROADCAST_REQ {"message":7}
      bob C> BROADCAST_REQ {"text":"x"}
      bob C> BROADCAST_REQ {"message":"x","__proto__":{"message":"y"}}
      bob C> GUESS_NUMBER_REQ {"number":true}
      bob C> LIST_USERS_REQ {
      bob C> LIST_USERS_REQ {}
      bob S< UNKNOWN_COMMAND
      bob S< UNKNOWN_COMMAND
      bob S< UNKNOWN_COMMAND
      bob S< UNKNOWN_COMMAND
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< PARSE_ERROR
      bob S< LIST_USERS_RESP {"status":"OK","users":["ann","bob"]}
    `,
  },
  {
    title: '7: who is here, oneself too, and those on other wires',
    text: `
      ${annAndBob}
      account zed comes by another wire
      ann S< JOINED {"username":"zed"}
      bob S< JOINED {"username":"zed"}
      bob C> LIST_USERS_REQ
      bob S< LIST_USERS_RESP {"status":"OK","users":["ann","bob","zed"]}
      ${eve}
      eve C> LIST_USERS_REQ
      eve S< LIST_USERS_RESP {"status":"ERROR","code":6000}
    `,
  },
  {
    title: '8: private messages',
    text: `
      account zed comes by another wire
      ${annAndBob}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"bob","message":"psst"}
      ann S< PRIVATE_MESSAGE_RESP {"status":"OK"}
      bob S< PRIVATE_MESSAGE {"sender":"ann","message":"psst"}
      zed does chat.send {"to":"bob","message":"from elsewhere"}
      bob S< PRIVATE_MESSAGE {"sender":"zed","message":"from elsewhere"}
      zed does chat.send {"to":"bob","sealed":"AAAA"}
      bob S< PRIVATE_MESSAGE {"sender":"zed","message":"(a sealed message, which …
      zed does block.add {"player":"ann"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"zed","message":"psst"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"nobody","message":"psst"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"","message":"psst"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"\\u0000\\ud800 ' OR 1=1","message":"psst"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"ann","message":"psst"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"bob","message":""}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"bob","message":" \\t"}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6001}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6001}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6001}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6001}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6007}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6008}
      ann S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6008}
      ${eve}
      eve C> PRIVATE_MESSAGE_REQ {"receiver":"bob","message":"psst"}
      eve S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6000}
    `,
  },
  {
    title: '8: what waited for an account comes after its log-in, each once',
    text: `
      account dora
      ${annAndBob}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"dora","message":"one"}
      ann C> PRIVATE_MESSAGE_REQ {"receiver":"dora","message":"two"}
      ann S< PRIVATE_MESSAGE_RESP {"status":"OK"}
      ann S< PRIVATE_MESSAGE_RESP {"status":"OK"}
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"OK"}
      eve S< PRIVATE_MESSAGE {"sender":"ann","message":"one"}
      eve S< PRIVATE_MESSAGE {"sender":"ann","message":"two"}
      ann S< JOINED {"username":"dora"}
      bob S< JOINED {"username":"dora"}
      eve C> BYE
      eve S< BYE_RESP {"status":"OK"}
      eve closed
      ann S< LEFT {"username":"dora"}
      bob S< LEFT {"username":"dora"}
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"OK"}
      ann S< JOINED {"username":"dora"}
      bob S< JOINED {"username":"dora"}
    `,
  },
];

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

const sectionNine: readonly Transcript[] = [
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

const sectionEleven: readonly Transcript[] = [
  {
    title: '11: an encrypted message from one to the other; the server passes it on',
    text: `
      ${annAndBob}
      ann C> SECURE_MESSAGE_REQ {"receiver":"bob"}
      bob S< SECURE_MESSAGE_REQ {"sender":"ann"}
      bob C> SECURE_MESSAGE_RES {"sender":"ann","publicKey":"a2V5"}
      ann S< SECURE_MESSAGE_RES {"receiver":"bob","publicKey":"a2V5"}
      ann C> SECURE_MESSAGE {"receiver":"bob","sessionKey":"c2Vzc2lvbg==","message":"c2VjcmV0"}
      bob S< SECURE_MESSAGE {"sender":"ann","sessionKey":"c2Vzc2lvbg==","message":"c2VjcmV0"}
    `,
  },
  {
    title: '11: to nobody, to who is away, to who has blocked you, to yourself, without a log-in',
    text: `
      account dora
      account zed comes by another wire
      ${annAndBob}
      zed does block.add {"player":"ann"}
      ann C> SECURE_MESSAGE_REQ {"receiver":"nobody"}
      ann C> SECURE_MESSAGE_REQ {"receiver":"dora"}
      ann C> SECURE_MESSAGE_REQ {"receiver":"zed"}
      ann C> SECURE_MESSAGE_REQ {"receiver":"ann"}
      ann C> SECURE_MESSAGE_RES {"sender":"nobody","publicKey":"a2V5"}
      ann C> SECURE_MESSAGE {"receiver":"nobody","sessionKey":"a2V5","message":"a2V5"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6001,"receiver":"nobody"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6001,"receiver":"dora"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6001,"receiver":"zed"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6007,"receiver":"ann"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6001,"sender":"nobody"}
      ann S< SECURE_MESSAGE_RES {"status":"ERROR","code":6001,"receiver":"nobody"}
      ${eve}
      eve C> SECURE_MESSAGE_REQ {"receiver":"ann"}
      eve S< SECURE_MESSAGE_RES {"status":"ERROR","code":6000,"receiver":"ann"}
      # What other wires send under these names, and others, is looked at.
      zed does signal.send {"to":"bob","kind":"text.secure-answer","body":{"publicKey":7}}
      zed does signal.send {"to":"bob","kind":"text.secure-message","body":"x"}
      zed does signal.send {"to":"bob","kind":"my-game.trade","body":{"publicKey":"a2V5"}}
      zed does signal.send {"to":"bob","kind":"text.secure-answer","body":{"publicKey":"a2V5"}}
      bob S< SECURE_MESSAGE_RES {"receiver":"zed","publicKey":"a2V5"}
    `,
  },
];

const beyond: readonly Transcript[] = [
  {
    title: 'a line that is too long ends the connection at once',
    text: `
      ${annAndBob}
      bob sends 70000 letters
      bob S< DSCN {"reason":7001}
      bob closed
      ann S< LEFT {"username":"bob"}
    `,
  },
  {
    title: 'who says too much is told when again; who sends nothing but rubbish is let go',
    text: `
      ${eve}
      eve C> LOGIN_REQ {"username":"eve"}
      eve S< LOGIN_RESP {"status":"OK"}
      ${'eve C> BROADCAST_REQ {"message":"hear me"}\n'.repeat(41)}
      ${'eve S< BROADCAST_RESP {"status":"OK"}\n'.repeat(40)}
      eve S< BROADCAST_RESP {"status":"ERROR","code":9000,"message":"Too many calls of room.say; free again in 10 s."}
      ${'eve C> RUBBISH\n'.repeat(40)}
      ${'eve S< UNKNOWN_COMMAND\n'.repeat(32)}
      eve S< DSCN {"reason":9000}
      eve closed
    `,
  },
  {
    title: 'a mistake of ours has an incident in the log, and the connection stays',
    options: {
      platform: {
        deps: {
          hooks: {
            before: {
              'room.players': () => {
                throw new Error('a mistake');
              },
            },
          },
        },
      },
    },
    text: `
      ${annAndBob}
      bob C> LIST_USERS_REQ
      bob S< LIST_USERS_RESP {"status":"ERROR","code":9003,"message":"The server failed at this; the log has it under …."}
      bob C> BROADCAST_REQ {"message":"still here"}
      bob S< BROADCAST_RESP {"status":"OK"}
      ann S< BROADCAST {"username":"bob","message":"still here"}
    `,
  },
  {
    title: 'a session that is ended from elsewhere, and a server that stops',
    text: `
      account dora comes by another wire
      ${eve}
      eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
      eve S< LOGIN_RESP {"status":"OK"}
      dora ends other sessions
      eve S< DSCN {"reason":9007}
      eve closed
      ann connects
      ann S< WELCOME …
      the server stops
      ann S< DSCN {"reason":9006}
      ann closed
    `,
  },
];

export const transcripts: readonly Transcript[] = [
  ...sectionsOneToEight,
  ...sectionNine,
  ...sectionEleven,
  ...beyond,
];
