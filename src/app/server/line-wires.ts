// The ports of the line wires (text, messenger): opens each, and closes all. A port that nobody
// asked for by number may be taken by another program: then the wire is left out and the log says
// so, because the rest of the server is what was wanted.

import type { Log } from '../../contract/telemetry.ts';
import type { StreamLimits } from '../../driver/stream-limits.ts';
import { listenTcp, type ServerIdentity } from '../../driver/tcp.ts';
import type { ByteStream, StreamListener } from '../../protocol/byte-stream.ts';
import type { PortChoice } from './server-config.ts';

export interface LineWire {
  /** Such as `text`, `text-tls`. */
  readonly name: string;
  readonly choice: PortChoice;
  readonly tls?: ServerIdentity;
  readonly server: {
    readonly accept: (stream: ByteStream) => void;
    close(): Promise<void>;
  };
  readonly limits?: Partial<StreamLimits>;
}

export interface RunningLineWires {
  /** By name; without those that are off. */
  readonly ports: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Rejects when a port that was asked for cannot be had; then none stays open. */
export async function openLineWires(
  host: string,
  wires: readonly LineWire[],
  log: Log,
): Promise<RunningLineWires> {
  const listeners: StreamListener[] = [];
  const ports: Record<string, number> = {};
  const servers = new Set(wires.map(({ server }) => server));
  const close = async (): Promise<void> => {
    await Promise.all([...servers].map((server) => server.close()));
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  for (const { name, choice, tls, server, limits } of wires) {
    if (choice === 'off') continue;
    try {
      const options = {
        host,
        port: choice.port,
        ...(tls === undefined ? {} : { tls }),
        ...(limits === undefined ? {} : { limits }),
      };
      const listener = await listenTcp(options, server.accept);
      listeners.push(listener);
      ports[name] = listener.address.port;
    } catch (error) {
      if (choice.isAskedFor) {
        await close();
        throw error;
      }
      log.warn('wire left out, its port is taken', { wire: name, host, port: choice.port });
    }
  }
  return { ports, close };
}
