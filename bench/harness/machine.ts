// What a result was measured on.

import { cpus, release, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly system: string;
  readonly node: string;
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown CPU',
    cpus: all.length,
    system: `${type()} ${release().split('-')[0]}`,
    node: process.version,
  };
}

export const machineText = (of: Machine): string =>
  `${of.cpus} x ${of.cpu}, ${of.system}, Node ${of.node}`;
