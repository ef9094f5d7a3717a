// Who floods: opens TCP connections from one address as fast as it can and says nothing on them.

import { connect, type Socket } from 'node:net';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';

/** Connections of this process that wait to be taken or turned away. */
const underWayMax = 500;

export interface FloodReport {
  readonly opened: number;
  /** Closed again by the server at once. */
  readonly turnedAway: number;
  readonly elapsedMs: number;
}

const calls = {
  async flood(input: {
    readonly port: number;
    readonly perS: number;
    readonly durationMs: number;
  }): Promise<FloodReport> {
    const open = new Set<Socket>();
    let underWay = 0;
    let opened = 0;
    let turnedAway = 0;
    const openOne = (): void => {
      underWay++;
      opened++;
      const socket = connect({ host: '127.0.0.1', port: input.port });
      open.add(socket);
      socket.on('error', () => undefined);
      const settle = (): void => {
        underWay--;
      };
      socket.once('data', settle);
      socket.once('close', () => {
        turnedAway++;
        if (open.delete(socket) && socket.bytesRead === 0) settle();
      });
    };
    const startMs = clockMs();
    const untilMs = startMs + input.durationMs;
    for (let nowMs = startMs; nowMs < untilMs; nowMs = clockMs()) {
      const due = ((nowMs - startMs) / 1000) * input.perS;
      while (opened < due && underWay < underWayMax) openOne();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const report = { opened, turnedAway, elapsedMs: clockMs() - startMs };
    for (const socket of open) socket.destroy();
    return report;
  },
};

export type FloodCalls = typeof calls;

serve(calls);
