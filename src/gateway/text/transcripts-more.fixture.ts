// Sections 10 and 11, files and encrypted messages, and what no section speaks of.

import { annAndBob, eve, type Transcript } from './transcript-scenes.fixture.ts';

/** Of `abc`. */
const sha = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const uuid = '01234567-89ab-4cde-8f01-23456789abcd';

export const sectionTen: readonly Transcript[] = [
  {
    title: '10: a file is offered and taken, under an id of the receiver’s or of the server’s',
    text: `
      ${annAndBob}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"../../map.png","size":3,"checksum":"${sha.toUpperCase()}"}
      bob S< FILE_TRANSFER_REQUEST {"sender":"ann","filename":"map.png","size":3,"checksum":"${sha}"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"notes"}
      bob S< FILE_TRANSFER_REQUEST {"sender":"ann","filename":"notes"}
      bob C> FILE_TRANSFER_RESPONSE {"sender":"ANN","status":"ACCEPT","transferId":"${uuid}"}
      bob S< FILE_TRANSFER_RESPONSE {"status":"OK","sender":"ann","transferId":"${uuid}"}
      ann S< FILE_TRANSFER_RESPONSE {"receiver":"bob","status":"OK","transferId":"${uuid}"}
      bob C> FILE_TRANSFER_RESPONSE {"sender":"ann","status":"ACCEPT","transferId":""}
      bob S< FILE_TRANSFER_RESPONSE {"status":"OK","sender":"ann","transferId":"…-…-4…-…-…"}
      ann S< FILE_TRANSFER_RESPONSE {"receiver":"bob","status":"OK","transferId":"…-…-4…-…-…"}
      the file ${uuid} passes
      ann S< FILE_TRANSFER_DONE {"transferId":"${uuid}","status":"OK"}
      bob S< FILE_TRANSFER_DONE {"transferId":"${uuid}","status":"OK"}
      # Nobody sends a byte.
      wait 60 s
      ann S< FILE_TRANSFER_DONE {"transferId":"…","status":"ERROR","message":"…"}
      bob S< FILE_TRANSFER_DONE {"transferId":"…","status":"ERROR","message":"…"}
    `,
  },
  {
    title: '10: a file is offered and rejected, never answered, or could not be offered',
    text: `
      ${annAndBob}
      account zed comes by another wire
      ann S< JOINED {"username":"zed"}
      bob S< JOINED {"username":"zed"}
      zed does block.add {"player":"ann"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"a","size":1}
      bob S< FILE_TRANSFER_REQUEST {"sender":"ann","filename":"a","size":1}
      bob C> FILE_TRANSFER_RESPONSE {"sender":"ann","status":"REJECT"}
      bob S< FILE_TRANSFER_RESPONSE {"status":"OK","sender":"ann"}
      ann S< FILE_TRANSFER_RESPONSE {"receiver":"bob","status":"ERROR","code":10002}
      bob C> FILE_TRANSFER_RESPONSE {"sender":"ann","status":"ACCEPT"}
      bob S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":9001,"message":"There is no such file for you; it may be over.","sender":"ann"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"a","size":4294967297}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"a","size":1e300}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"a","checksum":"abc"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"nobody","filename":"a"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"zed","filename":"a"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"ann","filename":"a"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"/"}
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"a","size":-1}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":10000,"receiver":"bob"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":10000,"receiver":"bob"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":10001,"receiver":"bob"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":6001,"receiver":"nobody"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":6001,"receiver":"zed"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":6007,"receiver":"ann"}
      ann S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":9004,"message":…,"receiver":"bob"}
      ann S< PARSE_ERROR
      ann C> FILE_TRANSFER_REQUEST {"receiver":"bob","filename":"late"}
      bob S< FILE_TRANSFER_REQUEST {"sender":"ann","filename":"late"}
      wait 120 s
      ann S< FILE_TRANSFER_RESPONSE {"receiver":"bob","status":"ERROR","code":9001,"message":"The offer is over: expired."}
      bob S< FILE_TRANSFER_RESPONSE {"sender":"ann","status":"ERROR","code":9001,"message":"The offer is over: expired."}
      ${eve}
      eve C> FILE_TRANSFER_REQUEST {"receiver":"ann","filename":"a"}
      eve S< FILE_TRANSFER_RESPONSE {"status":"ERROR","code":6000,"receiver":"ann"}
    `,
  },
];

export const sectionEleven: readonly Transcript[] = [
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

export const beyond: readonly Transcript[] = [
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
