// What a host process has used, for the process that measures it. Needs `--expose-gc`.

export interface HostUse {
  readonly rssBytes: number;
  /** JavaScript objects and the memory outside of the heap that they hold. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly cpuUs: number;
  readonly atMs: number;
}

/** After a full collection, if `collect` is set: without one, garbage counts as memory. */
export function hostUse(collect: boolean): HostUse {
  if (collect) for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    cpuUs: user + system,
    atMs: performance.now(),
  };
}
