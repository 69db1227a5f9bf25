import type { Load } from "./load-process.ts";
import { startProcess } from "./processes.ts";
import type { Caller } from "./signed-requests.ts";

const goalPercent = 5;
/** Of a hundred requests, so many are uploads that are streamed. */
const uploads = 2;
const uploadBytes = 96 * 1024;
const batch = 5000;

export interface MemoryRow {
  readonly requests: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  /** Against the first row. */
  readonly growthPercent: number;
  readonly met: boolean;
}

interface Told {
  readonly origin: string;
  readonly prefix: string;
  readonly callers: readonly Caller[];
  readonly aheadMs: number;
}

/** The service's resident set after collection at each fifth of so many streamed requests. */
export async function memoryRows(
  upstream: { readonly port: number; readonly ca: string },
  requests: number,
): Promise<readonly MemoryRow[]> {
  const service = await startProcess(import.meta.resolve("./countersign-process.ts"), [
    String(upstream.port),
    upstream.ca,
  ]);
  const loader = await startProcess(import.meta.resolve("./load-process.ts"), [], { speaks: false });
  const mebi = (bytes: number): number => Number((bytes / 1024 / 1024).toFixed(1));
  const readings: { readonly resident: number; readonly heap: number }[] = [];
  try {
    let told = service.ready as Told;
    for (let fifth = 0; fifth < 5; fifth += 1) {
      process.stderr.write(`broker, memory, ${fifth + 1} of 5 …\n`);
      const stream = { method: "GET", target: `${told.prefix}/v1/stream`, bodyBytes: 0 } as const;
      const upload = { method: "POST", target: `${told.prefix}/v1/upload`, bodyBytes: uploadBytes } as const;
      const targets: Load["targets"] = Array.from({ length: 100 }, (_, at) => (at < uploads ? upload : stream));
      for (let sent = 0; sent < requests / 5; sent += batch) {
        const count = Math.min(batch, requests / 5 - sent);
        await loader.ask({ ...told, ca: null, lines: [], targets, connections: 32, requests: count });
      }
      told = (await service.ask("later")) as Told;
      readings.push((await service.ask("collect")) as { readonly resident: number; readonly heap: number });
    }
  } finally {
    await loader.close();
    await service.close();
  }
  const first = readings[0]?.resident ?? Number.NaN;
  return readings.map(({ resident, heap }, index) => {
    const growthPercent = Number(((resident / first - 1) * 100).toFixed(2));
    const met = growthPercent <= goalPercent;
    return {
      requests: ((index + 1) * requests) / 5,
      residentMiB: mebi(resident),
      heapMiB: mebi(heap),
      growthPercent,
      met,
    };
  });
}
