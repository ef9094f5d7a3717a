// HTTP and WebSocket together: one port, one metrics page, one order of closing.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Log } from '../../contract/telemetry.ts';
import type { RunningPlatform } from '../../domain/create-platform.ts';
import type { Store } from '../../domain/store.ts';
import { createHttpGateway } from '../../gateway/http/http-gateway.ts';
import { WebSocketGateway } from '../../gateway/websocket/websocket-gateway.ts';
import type { HostWatch } from './host-watch.ts';
import type { MetricsRegistry } from './metrics.ts';
import type { MetricsAccess, ServerConfig } from './server-config.ts';
import { systemTimers } from './system-ports.ts';
import { packageVersion } from './version.ts';

export interface GatewayParts {
  readonly platform: RunningPlatform;
  readonly store: Store;
  readonly watch: HostWatch;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
}

export interface Gateways {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
}

export async function createGateways(config: ServerConfig, parts: GatewayParts): Promise<Gateways> {
  const { platform, metrics, log } = parts;
  const { isTrustedProxy, corsOrigins } = config;
  const { access } = config.metrics;
  const http = await createHttpGateway({
    dispatcher: platform.dispatcher,
    log,
    version: packageVersion(),
    readiness: () => readiness(parts),
    corsOrigins,
    isTrustedProxy,
    ...(access !== 'off' && {
      metrics: {
        contentType: metrics.contentType,
        text: () => metrics.text(),
        allows: mayScrape(config.metrics),
      },
    }),
  });
  const webSocket = new WebSocketGateway({
    dispatcher: platform.dispatcher,
    events: platform.events,
    timers: systemTimers,
    log,
    metrics,
    origins: corsOrigins,
    isTrustedProxy,
  });
  http.server.on('upgrade', webSocket.handleUpgrade);
  return {
    listen: (host, port) => http.listen(host, port),
    async close() {
      // First, because the HTTP server waits for its sockets, and these would never end.
      await webSocket.close();
      await http.close();
    },
  };
}

const storeTimeoutMs = 2_000;

async function readiness({ watch, store, log }: GatewayParts): Promise<readonly string[]> {
  const reasons = [...watch.reasonsNotReady];
  const late = Promise.withResolvers<'late'>();
  const cancel = systemTimers.after(storeTimeoutMs, () => late.resolve('late'));
  try {
    const answer = await Promise.race([store.accounts.byId('readiness'), late.promise]);
    if (answer === 'late') reasons.push(`the store did not answer in ${storeTimeoutMs} ms`);
  } catch (error) {
    log.error('store failed the readiness check', { error });
    reasons.push('the store does not answer');
  } finally {
    cancel();
  }
  return reasons;
}

function mayScrape(metrics: MetricsAccess): (token: string | undefined) => boolean {
  if (metrics.access !== 'token') return () => true;
  // Hashes have one length, so that comparing tells nothing of the token's.
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const expected = hash(metrics.token);
  return (token) => token !== undefined && timingSafeEqual(hash(token), expected);
}
