// A file from one player to another through a server, over the files port and over HTTP, beside the
// same bytes over a bare TCP connection from process to process. Everything on loopback.
//
//   npm run bench:files                     about 20 seconds
//   npm run bench:files -- --mib 256 --json files.json

import type { FileCalls } from './files/process.ts';
import { type FileRun, type FilesResult, filesTable } from './files/result.ts';
import { Session } from './files/session.ts';
import { Child } from './harness/calls.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { rounded } from './harness/statistics.ts';

const ways = [
  'a bare TCP copy',
  'the files port, with a checksum',
  'the files port, without',
  'HTTP, with a checksum',
] as const;
type Way = (typeof ways)[number];

const { numbers, only, jsonFile } = commandLine(
  { mib: { default: 1024, min: 1, max: 65_536 }, rounds: { default: 1, min: 1, max: 9 } },
  ways,
);
const bytes = numbers.mib * 2 ** 20;
const script = new URL('./files/process.ts', import.meta.url);

const best = new Map<Way, FileRun>();
for (let round = 0; round < numbers.rounds; round++) {
  for (const way of ways) {
    if (only.length > 0 && !only.includes(way)) continue;
    const one = await run(way);
    say(`${way}: ${rounded(one.bytesPerS / 1e6, 0)} MB/s`);
    const before = best.get(way);
    if (before === undefined || before.bytesPerS < one.bytesPerS) best.set(way, one);
  }
}
const result: FilesResult = {
  benchmark: 'files',
  machine: machine(),
  fileBytes: bytes,
  runs: [...best.values()],
};
writeJson(jsonFile, result);
console.log(`${machineText(result.machine)}\n\n${filesTable(result)}`);

async function run(way: Way): Promise<FileRun> {
  const [sender, receiver, server] = [1, 2, 3].map(() => new Child<FileCalls>(script));
  if (sender === undefined || receiver === undefined || server === undefined) throw new Error();
  try {
    if (way === 'a bare TCP copy') {
      const { port } = await receiver.call('accept', { bytes });
      const startedAtMs = await sender.call('sendTcp', { port, hello: '', bytes });
      const endedAtMs = await receiver.call('received', undefined);
      return { way, bytesPerS: perS(startedAtMs, endedAtMs) };
    }
    return await through(server, sender, receiver, way);
  } finally {
    await Promise.all([sender, receiver, server].map((child) => child.end()));
  }
}

async function through(
  server: Child<FileCalls>,
  sender: Child<FileCalls>,
  receiver: Child<FileCalls>,
  way: Way,
): Promise<FileRun> {
  const sha256 = way.endsWith('with a checksum') ? await sender.call('hash', { bytes }) : undefined;
  const { url, port } = await server.call('serve', undefined);
  const transferId = await new Session(url).transfer({
    size: bytes,
    ...(sha256 !== undefined && { sha256 }),
  });
  const before = await server.call('watchMemory', undefined);
  const cpuBefore = (await server.call('memory', undefined)).cpuS;
  const byHttp = { url: `${url}/v1/files/${transferId}`, bytes };
  const isHttp = way.startsWith('HTTP');
  if (isHttp) await receiver.call('receiveHttp', byHttp);
  else await receiver.call('receiveTcp', { port, transferId, bytes });
  const started = isHttp
    ? sender.call('sendHttp', byHttp)
    : sender.call('sendTcp', { port, hello: `${transferId}S`, bytes });
  const endedAtMs = await receiver.call('received', undefined);
  const startedAtMs = await started;
  const after = await server.call('memory', undefined);
  return {
    way,
    bytesPerS: perS(startedAtMs, endedAtMs),
    server: {
      grownBytes: after.peakRssBytes - before.rssBytes,
      cpuS: rounded(after.cpuS - cpuBefore, 2),
    },
  };
}

function perS(startedAtMs: number, endedAtMs: number): number {
  return Math.round((1000 * bytes) / (endedAtMs - startedAtMs));
}
