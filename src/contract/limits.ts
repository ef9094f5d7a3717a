// Every limit that a user of the platform can meet, with its unit in the name. `docs/limits.md`
// lists them; a test compares the two. The transport's limits are in
// `protocol/paperclip/limits.ts`, the game runner's in `game/limits.ts`.

export const contractLimits = {
  playerNameCharactersMin: 2,
  playerNameCharactersMax: 24,
  passwordCharactersMin: 8,
  passwordCharactersMax: 128,
  lobbyCodeCharacters: 4,
  /** One player is in one lobby at a time; this bounds the whole server. */
  lobbiesMax: 10_000,
  /** Account keys of the classic wire made at once; `classicKeysQueuedMax` more wait. */
  classicKeysAtOnce: 1,
  classicKeysQueuedMax: 32,
  /** Rounds of PBKDF2 between a password and the key that it opens. */
  classicKeyRounds: 600_000,
  /** How long a certificate may be good for: a day, and what two readings of a clock differ by. */
  classicCertificateLifetimeS: 24 * 3600 + 60,
  /** By how much the clock of who made a certificate may be ahead. */
  classicClockAheadS: 60,
  /** Certificates that one address may have checked in the window. */
  classicCertificatesOfAddressMax: 600,
  classicCertificatesWindowS: 60,
  /** Players whose numbers one command asks for. */
  playerNumbersAtOnceMax: 200,
  /** A lobby or match list page. */
  pageRowsMax: 100,
  pageRowsDefault: 20,
  httpBodyBytesMax: 64 * 1024,
  webSocketMessageBytesMax: 64 * 1024,
  /** Unsent bytes at which a WebSocket reader that does not read is cut off. */
  webSocketBufferedBytesMax: 1024 * 1024,
  webSocketsPerPlayerMax: 8,
  accessTokenLifetimeS: 600,
  refreshTokenLifetimeS: 30 * 24 * 3600,
  /** Sessions of one account; one more ends the one that was refreshed longest ago. */
  sessionsPerPlayerMax: 32,
  /** So long the refresh token before the present one gives the present one again. */
  refreshRepeatS: 10,
  ticketLifetimeS: 60,
  /** Failed log-ins of one name from one address before it is locked there for a while. */
  loginFailuresBeforeLock: 5,
  /** Failed log-ins of one name from anywhere before it is locked everywhere for a while. */
  loginFailuresOfNameBeforeLock: 100,
  loginLockS: 60,
  /** Failures of a name are forgotten this long after the last. */
  loginFailuresForgottenS: 900,
  /** Log-ins of one name from one address that wait for each other; one more gets BUSY. */
  loginsQueuedMax: 8,
  /** Commands under way in the whole server; one more gets BUSY. */
  commandsInFlightMax: 2_000,
  /** Changes of one lobby that wait for each other; one more gets BUSY. */
  lobbyChangesQueuedMax: 128,
  /** Removed players that a lobby remembers; the oldest is forgotten first. */
  lobbyBansMax: 256,
  /** Cost of one Argon2id hash: memory in KiB and passes over it, on one lane. */
  passwordHashMemoryKiB: 19 * 1024,
  passwordHashPasses: 2,
  /** Argon2id hashes computed at once; `passwordHashesQueuedMax` more wait. */
  passwordHashesAtOnce: 2,
  passwordHashesQueuedMax: 64,
  /** Log-ins kept of an account; the oldest goes first. */
  loginsKeptMax: 50,
  friendsMax: 500,
  /** Friend requests that a player has sent and nobody has answered. */
  friendRequestsMax: 100,
  /** Friend requests that a player has got and not answered; one more gets FRIENDS_FULL. */
  friendRequestsWaitingMax: 1_000,
  blocksMax: 1_000,
  /** How far back `presence.since` looks. */
  presenceSinceSMax: 30 * 24 * 3600,
  /** Players that a list of presence names, the room's list too. */
  presenceRowsMax: 10_000,
  messageCharactersMax: 4_000,
  /** Of a sealed message, all of its copies: it must fit into a WebSocket message. */
  sealedCharactersMax: 48_000,
  /** The window in which messages are counted. */
  messageWindowS: 10,
  roomMessagesOfPlayerMax: 40,
  /** Messages of all players in the room in a window; one more gets ROOM_BUSY. */
  roomMessagesMax: 4_000,
  directMessagesOfPlayerMax: 200,
  /** Messages that wait for one player; one more gets INBOX_FULL. */
  inboxMessagesMax: 2_000,
  /** Delivered messages are kept so long. */
  messagesKeptS: 90 * 24 * 3600,
  /** Of a file's name as it is offered; it is passed on with `fileNameCharactersMax`. */
  fileNameGivenCharactersMax: 1_024,
  fileNameCharactersMax: 200,
  /** The largest file, where the server's `--file-bytes-max` does not say otherwise. */
  fileBytesMaxDefault: 4 * 1024 * 1024 * 1024,
  /** Open offers and transfers that one player is a side of; one more gets FILES_FULL. */
  filesOfPlayerMax: 8,
  filesMax: 2_000,
  /** Accepted files in the whole server, those just over among them; each may have a window. */
  fileTransfersMax: 32,
  /** What has passed and is kept of one transfer, so that a receiver can go on after a break. */
  fileWindowBytes: 16 * 1024 * 1024,
  /** Of one transfer: taken and not yet passed on, and passed on but not yet sent. */
  fileAheadBytes: 1024 * 1024,
  /** How long an offer may stay unanswered. */
  fileOfferS: 120,
  /** How long an accepted file waits for a sender or a receiver who is not connected. */
  fileAbsenceS: 60,
  /** How long both may be connected and nothing move. */
  fileIdleS: 300,
  /** How long a receiver can still fetch the end of a file that has all been passed on. */
  fileLingerS: 30,
  devicesPerPlayerMax: 8,
  keyBundleCharactersMax: 2_000,
  /** Seats of one host that are played without a link, through commands; one more gets BUSY. */
  relayedSeatsPerHostMax: 1_000,
  /** Inputs of one such seat that wait for each other; one more gets BUSY. */
  relayedInputsQueuedMax: 16,
  /** How long a host has to answer for such a seat; an input is then asked about once more. */
  relayAnswerMs: 3_000,
  /** How long such a seat's view may stay untaken before the seat counts as lost. */
  relayedViewMs: 5_000,
  /** How long a member who lost every connection keeps the place in an open lobby. */
  lobbyAbsenceS: 60,
  /** The longest that a timed lobby gathers players. */
  lobbyStartsInSMax: 600,
  partyStartsInSMax: 60,
  partyStartsInSDefault: 10,
  /** Games in the whole server that it does not run. */
  externalGamesMax: 1_000,
  /** Players in one such game, those who only watch among them. */
  externalMembersMax: 32,
  /** Places in one such game, until its host says otherwise. */
  externalPlacesDefault: 12,
  externalTitleCharactersMax: 128,
  /** Of the name of such a game's program, and of its map. */
  externalNameCharactersMax: 64,
  externalPasswordCharactersMax: 128,
  /** How long a player's program may take until it says that it runs. */
  externalStartS: 30,
  /** Changes of one such game are told together, this long after the first. */
  externalChangedAfterMs: 1_000,
  externalReportArgsMax: 64,
  /** Of what one program tells another, as JSON. */
  externalIceCharactersMax: 16_384,
  /** Armies that one player's reports of results may name. */
  externalArmiesMax: 32,
  /** Ids of mods that a game shows. */
  externalModsMax: 64,
} as const;
