// Files in `paperclip chat`: two programs on pipes, a real server, and real folders.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { serve } from '../server/index.ts';
import { startChat } from './chat-program.fixture.ts';

let root: string;
let server: Awaited<ReturnType<typeof serve>>;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperclip-chat-files-'));
  server = await serve({
    data: ':memory:',
    port: 0,
    udpPort: 0,
    hosts: 1,
    logLevel: 'silent',
    shutdownGraceMs: 0,
  });
});
after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

/** A folder of their own, and a program that saves into it. */
async function enter(name: string, ...flags: string[]) {
  const folder = join(root, name);
  await mkdir(folder);
  const env = {
    PAPERCLIP_SERVER: server.url,
    PAPERCLIP_SESSIONS: join(root, `${name}.sessions.json`),
    PAPERCLIP_PASSWORD: 'correct horse',
  };
  const account = ['--name', name, '--register'];
  const program = startChat(env, [...account, '--download-dir', folder, ...flags]);
  await program.out.until(/In the room: |"event":"start"/);
  return { ...program, folder };
}

const mebibyte = 1024 * 1024;

function bytesOf(length: number, seed: number): Buffer {
  const random = seededRandom('chat-file', seed);
  const period = Uint8Array.from({ length: 65_521 }, () => random.below(256));
  return Buffer.alloc(length, period);
}

async function fileIn(folder: string, name: string, bytes: Uint8Array | string) {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

test('a file arrives byte for byte, and the end of the input waits for it', async () => {
  const [ann, ben] = [await enter('ann'), await enter('ben')];
  const file = bytesOf(3 * mebibyte + 1, 1);
  ann.type(`/send ben "${await fileIn(ann.folder, 'holiday photo.jpg', file)}"`);
  await ben.out.until(
    /ann offers a file, 1: holiday photo\.jpg \(3\.1 MB\)\. \/take 1 or \/refuse 1/,
  );
  const annEnds = ann.end();
  ben.type('/take');
  assert.deepEqual([await annEnds, await ben.end()], [0, 0]);
  assert.deepEqual(await readdir(ben.folder), ['holiday photo.jpg']);
  assert(file.equals(await readFile(join(ben.folder, 'holiday photo.jpg'))));
  assert.match(
    ann.out.text,
    /Sending 1: .* to ben\.\nSent 1: holiday photo\.jpg to ben: 3\.1 MB in/,
  );
  assert.match(ben.out.text, /Saved 1: .* as .*holiday photo\.jpg: 3\.1 MB .* checksum is right\./);
  assert(!`${ann.out.text}${ben.out.text}`.includes('\x1b'));
  assert.equal(ann.err.text + ben.err.text, '');
});

test('a name that is taken is not written over; AS chooses another, and empty files come too', async () => {
  const [cid, dan] = [await enter('cid'), await enter('dan')];
  await fileIn(dan.folder, 'a.tar.gz', 'mine');
  const path = await fileIn(cid.folder, 'a.tar.gz', 'theirs');
  cid.type(
    `/send dan ${path}`,
    `/send dan ${path}`,
    `/send dan ${await fileIn(cid.folder, 'e', '')}`,
  );
  await dan.out.until(/file, 3:/);
  dan.type('/take 1');
  await dan.out.until(/Saved 1/);
  dan.type('/take 2 as a.tar.gz');
  await dan.out.until(/Saved 2/);
  dan.type('/take AS other.txt');
  assert.deepEqual([await cid.end(), await dan.end()], [0, 0], cid.err.text + dan.err.text);
  const saved = (await readdir(dan.folder)).toSorted();
  assert.deepEqual(saved, ['a (2).tar.gz', 'a (3).tar.gz', 'a.tar.gz', 'other.txt']);
  const texts = await Promise.all(saved.map((name) => readFile(join(dan.folder, name), 'utf8')));
  assert.deepEqual(texts, ['theirs', 'theirs', 'mine', '']);
});

test('a refused file is said to be refused, and one that is taken back is over', async () => {
  const [eve, fay] = [await enter('eve'), await enter('fay')];
  const path = await fileIn(eve.folder, 'x.txt', 'x');
  eve.type(`/send fay ${path}`);
  await fay.out.until(/file, 1:/);
  fay.type('/refuse');
  await eve.out.until(/1: x\.txt was not sent: fay does not want it\./);
  eve.type(`/send fay ${path}`);
  await fay.out.until(/file, 2:/);
  eve.type('/files', '/cancel 2');
  await fay.out.until(/2: x\.txt is over: eve ended it\./);
  fay.type('/take 2', '/cancel 2', '/cancel x');
  await fay.err.until(/Nobody offers you a file\.[\s\S]*no file 2;[\s\S]*takes the number/);
  assert.match(eve.out.text, /2: x\.txt \(1 B\) to fay: offered\./);
  assert.deepEqual([await eve.end(), await fay.end()], [1, 1]);
  assert.deepEqual(await readdir(fay.folder), []);
});

test('what cannot be sent or saved is said, and the offer stays', async () => {
  const [gus, hal] = [await enter('gus'), await enter('hal')];
  const file = await fileIn(gus.folder, 'y.txt', 'y');
  gus.type('/send hal /nowhere/x', `/send hal ${gus.folder}`, `/send nobody-here ${file}`);
  await gus.err.until(/\/nowhere\/x is not there\./);
  await gus.err.until(/is a folder: only files are sent\./);
  await gus.err.until(/PLAYER_NOT_FOUND: /);
  gus.type(`/send hal ${file}`);
  await hal.out.until(/file, 1:/);
  hal.type('/take 1 AS not/there/y.txt', '/take one', '/take 7');
  await hal.err.until(/not\/there is not there\./);
  await hal.err.until(/Type it like this: \/take, /);
  await hal.err.until(/There is no offer 7\. Open are 1: y\.txt\./);
  hal.type('/take');
  await hal.out.until(/Saved 1/);
  assert.deepEqual([await gus.end(), await hal.end()], [1, 1]);
});

test('--json: numbers, progress and endings are objects', async () => {
  const [ida, jon] = [await enter('ida', '--json'), await enter('jon', '--json')];
  ida.type(`/send jon ${await fileIn(ida.folder, 'z.bin', bytesOf(mebibyte, 2))}`);
  await jon.out.until(/"event":"file.offered".*"number":1/);
  jon.type('/take 1');
  await jon.out.until(/"event":"file.saved"/);
  assert.deepEqual([await ida.end(), await jon.end()], [0, 0]);
  const events = jon.out.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const about = events.filter(({ event }) => event === 'file.start' || event === 'file.saved');
  assert.deepEqual(
    about.map(({ event, number, direction, bytesDone }) => [event, number, direction, bytesDone]),
    [
      ['file.start', 1, 'in', 0],
      ['file.saved', 1, 'in', mebibyte],
    ],
  );
  assert.equal(about[1].path, join(jon.folder, 'z.bin'));
});

test('Ctrl-C ends what is on its way, leaves no part, and the other side hears of it', async () => {
  const [kim, lea] = [await enter('kim'), await enter('lea')];
  // More than the server holds, so it cannot be over when its receiver leaves.
  kim.type(`/send lea ${await fileIn(kim.folder, 'big', bytesOf(64 * mebibyte, 3))}`);
  await lea.out.until(/file, 1:/);
  lea.type('/take');
  await lea.out.until(/Receiving 1/);
  lea.interrupt();
  assert.equal(await lea.code, 130);
  assert.match(lea.out.text, /1: big was not saved: you ended it\./);
  await kim.out.until(/1: big was not sent: lea ended it\./);
  assert.deepEqual(await readdir(lea.folder), []);
  assert.equal(await kim.end(), 1);
});

test('a folder for downloads that is not there is said at once', async () => {
  const program = startChat({}, ['--guest', 'mia', '--download-dir', join(root, 'not-there')]);
  assert.equal(await program.code, 2);
  assert.match(program.err.text, /--download-dir: .*not-there is not a folder that is there\./);
});
