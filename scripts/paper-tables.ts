// The tables and the diagram of the paper (docs/protocol/paperclip-1.md), from the code that they
// describe. `docs-tables.ts` has those of the other pages.

import { frameTable } from '../src/codec/paperclip/frame-table.ts';
import { fieldOffset, type Layout, layouts } from '../src/codec/paperclip/layouts.ts';
import { parameterLimits } from '../src/codec/paperclip/parameters.ts';
import { connectionPhases } from '../src/protocol/paperclip/connection-state.ts';
import { amount, type DocTable } from './docs-tables.ts';

/** A Mermaid diagram, which the pages show between `<!-- diagram:NAME -->` markers. */
export interface DocDiagram {
  readonly name: string;
  readonly lines: readonly string[];
}

export function paperTables(): readonly DocTable[] {
  return [
    ...Object.entries(layouts).map(([name, layout]) => layoutTable(name, layout)),
    {
      name: 'frames',
      columns: ['type', 'frame', 'fields, in order', 'asks for an ACK'],
      rows: frameTable.map(({ type, name, fields, ackEliciting }) => [
        `\`0x${type.toString(16).padStart(2, '0')}\``,
        name,
        fields.join(', '),
        ackEliciting ? 'yes' : 'no',
      ]),
    },
    {
      name: 'parameter-ranges',
      columns: ['parameter', 'least', 'most'],
      rows: Object.entries(parameterLimits).flatMap(([name, range]) =>
        typeof range === 'number'
          ? []
          : [[`\`${name}\``, amount(name, range.min), amount(name, range.max)]],
      ),
    },
    {
      name: 'connection-states',
      columns: ['in', 'when', 'goes to'],
      rows: phaseChanges().map((one) => one.map((word) => `\`${word}\``)),
    },
  ];
}

export function docDiagrams(): readonly DocDiagram[] {
  const drawn = phaseChanges().map(([from, change, to]) => `    ${from} --> ${to}: ${change}`);
  return [
    {
      name: 'connection-states',
      lines: ['stateDiagram-v2', '    [*] --> open', ...drawn, '    drained --> [*]'],
    },
  ];
}

function layoutTable(name: string, layout: Layout): DocTable {
  return {
    name: `layout-${name}`,
    columns: ['offset', 'field', 'bytes', 'meaning'],
    rows: layout.map(({ field, bytes, meaning }) => [
      String(fieldOffset(layout, field) ?? ''),
      field,
      String(bytes),
      meaning,
    ]),
  };
}

function phaseChanges(): readonly (readonly [from: string, change: string, to: string])[] {
  return Object.entries(connectionPhases).flatMap(([from, changes]) =>
    Object.entries(changes).map(([change, to]) => [from, change, to] as const),
  );
}
