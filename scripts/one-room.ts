// Players of four wires in one room, as a run that one can read: starts a server, lets them meet,
// and prints what each sends and gets.
//
//   npm run one-room                    about 15 seconds
//   npm run one-room -- --record        also into docs/one-room.md

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../src/app/server/index.ts';
import { silentLog } from '../src/contract/telemetry.ts';
import { playOneRoom } from '../test/e2e/one-room.ts';

const server = await serve({ port: 0, udpPort: 0, hosts: 1, data: ':memory:', log: silentLog });
try {
  const { recording, usedNc, results } = await playOneRoom(server);
  const text = recording.lines.join('\n');
  console.log(text);
  console.log(`\nThe number was found by ${results.join(', then ')}.`);
  if (process.argv.includes('--record')) {
    const page = `# One room, many wires

A recorded run of \`npm run one-room -- --record\`. Nina is a guest on the [text protocol](text-protocol.md)${usedNc ? ', by `nc`' : ''}; Mara an account on the
[messenger](messenger.md), which has no games, so she plays over a second session of hers; Walt an account on
[WebSocket](websocket.md); robo a bot whose seat is played over encrypted UDP. They meet, talk, one blocks another for a while, and
all play one guessing game that Nina starts. Seconds since the start, who, \`>\` sent or \`<\` received; long lines are cut.

\`\`\`
${text}
\`\`\`

The number was found by ${results.join(', then ')}.
`;
    writeFileSync(join(import.meta.dirname, '../docs/one-room.md'), page);
  }
} finally {
  await server.close();
}
