// The text of `paperclip serve --help`, made from the option table.

import {
  defaultText,
  flagOf,
  type OptionName,
  optionGroups,
  optionNames,
  optionTable,
} from './option-table.ts';

/** The terminal that can be counted on. */
const columns = 80;

export function serveHelp(): string {
  const rows = optionNames.map((name) => ({ row: optionTable[name], flag: flagText(name) }));
  const width = Math.max(...rows.map(({ flag }) => flag.length), configFlag.length) + 4;
  const line = (flag: string, text: string) =>
    wrap(text, columns - width).map(
      (part, at) => `${at === 0 ? `  ${flag}` : ''}`.padEnd(width) + part,
    );
  return [
    'Runs a server: HTTP and WebSocket, matches over UDP, and the games.',
    '',
    'Usage  paperclip serve [FOLDER...] [flags]',
    ...optionGroups.flatMap((group) => [
      '',
      group,
      ...rows
        .filter(({ row }) => row.group === group)
        .flatMap(({ row, flag }) => line(flag, row.help + inBrackets(defaultText(row)))),
      ...(group === 'Operation' ? line(configFlag, configHelp) : []),
    ]),
    '',
    'Each flag is also a variable (--udp-port: PAPERCLIP_UDP_PORT, lists with commas)',
    'and a key of the file ("udpPort"). A flag beats the environment, that beats the',
    'file, that beats the default.',
    '',
    'Examples',
    '  paperclip serve                              on this machine only',
    '  paperclip serve ./games --port 8080          your own games',
    '  paperclip serve --host 0.0.0.0 --public-address game.example',
    '',
    'Exit codes  0 ended as asked, 1 could not start or broke, 2 a setting is wrong',
  ].join('\n');
}

const configFlag = '--config FILE';
const configHelp = 'JSON file with any of these settings.';

function flagText(name: OptionName): string {
  const { placeholder } = optionTable[name].type;
  return placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${placeholder}`;
}

/** Nothing when the default goes without saying. */
const inBrackets = (text: string): string => (text === '' ? '' : ` [${text}]`);

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
