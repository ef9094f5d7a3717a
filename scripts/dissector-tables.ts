// Fills the tables of the Wireshark dissector (docs/protocol/paperclip.lua) from the tables in the
// code, between `-- table:NAME` and `-- /table:NAME`. `npm run docs` writes it; a test names that
// command when the dissector is out of step.

import { frameTable } from '../src/codec/paperclip/frame-table.ts';
import { type Layout, layouts } from '../src/codec/paperclip/layouts.ts';
import { errorCodes } from '../src/protocol/paperclip/error-codes.ts';

/** Datagrams that are not packets; what is inside Noise stays sealed. */
const shown = ['auth-1', 'auth-2', 'error', 'retry'] as const;

export function fillDissector(lua: string): string {
  const tables: Readonly<Record<string, readonly string[]>> = {
    frames: luaTable('frames', frameTable.map(frameRow)),
    layouts: luaTable('layouts', shown.map(layoutRow)),
    codes: luaTable(
      'codes',
      Object.entries(errorCodes).map(([name, { code }]) => `[${code}] = "${name}"`),
    ),
  };
  return lua.replace(/-- table:(\w+)\n[\s\S]*?-- \/table:\1\n/g, (whole, name: string) => {
    const lines = tables[name];
    if (lines === undefined) return whole;
    return `-- table:${name}\n${lines.join('\n')}\n-- /table:${name}\n`;
  });
}

function frameRow({ type, name, fields }: (typeof frameTable)[number]): string {
  const names = fields.map((field) => `"${field.split(' ')[0] === 'data' ? 'data' : field}"`);
  const dataBytes = fields.map((field) => /^data (\d+)$/.exec(field)?.[1]).find(Boolean);
  const more = [
    ...(dataBytes === undefined ? [] : [`data_bytes = ${dataBytes}`]),
    ...(fields.includes('messageId') ? ['is_message = true'] : []),
  ];
  const rest = more.map((one) => `, ${one}`).join('');
  return `[${type}] = { name = "${name}", fields = { ${names.join(', ')} }${rest} }`;
}

function layoutRow(name: (typeof shown)[number]): string {
  const layout: Layout = layouts[name];
  const fields = layout.map(({ field, bytes }) => {
    const size = typeof bytes === 'number' ? bytes : `"${bytes}"`;
    return `    { name = "${field}", bytes = ${size} },`;
  });
  return `["${name}"] = {\n${fields.join('\n')}\n  }`;
}

const luaTable = (name: string, rows: readonly string[]): readonly string[] => [
  `local ${name} = {`,
  ...rows.map((row) => `  ${row},`),
  '}',
];
