// Sections 1 to 8: coming and going, the heartbeat, bad input, and what people say.

import { annAndBob, cat, eve, type Transcript } from './transcript-scenes.fixture.ts';

export const sectionsOneToEight: readonly Transcript[] = [
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
