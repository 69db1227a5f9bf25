import { expect, it, vi } from "vitest";
import { createAborter } from "../abort.ts";
import type { NativeBridge } from "./native-bridge.ts";

const system = { channel: "system", pins: [], roots: [] } as const;
const get = { method: "GET", host: "api.example", port: 443, target: "/", headers: [], body: null, policy: system };

/** What a page sends first, over a native half that outlives it: the script is loaded anew, as a page's is. */
async function firstNames(draw: number): Promise<readonly string[]> {
  vi.resetModules();
  const { createNativePorts } = await import("./index.ts");
  const names: string[] = [];
  const answer = async () => ({ status: 204, headers: [], protocol: "", extensions: "", piece: null, kind: "closed" });
  const answerTo = (name: string) => {
    names.push(name);
    return answer();
  };
  const bridge = {
    send: ({ exchange }: { readonly exchange: string }) => answerTo(exchange),
    openSocket: ({ socket }: { readonly socket: string }) => answerTo(socket),
    receive: answer,
    abandon: answer,
    nextOfSocket: answer,
    closeSocket: answer,
  } as unknown as NativeBridge;
  const { channel, sockets } = createNativePorts({
    configuration: `cs1~countersign.example~${"A".repeat(22)}~${"A".repeat(43)}~${"B".repeat(42)}A`,
    app: "gallery",
    bridge,
    identity: { platform: "android", version: "1", build: "1", bundle: null },
    randomness: { bytes: (length) => new Uint8Array(length).fill(draw) },
  });
  const abort = createAborter().handle;
  await channel.send({ ...get, abort });
  await sockets?.open({ ...get, protocols: [], abort }, { message: () => {}, closed: () => {} });
  return names;
}

it("names no exchange and no socket as another page of the process did", async () => {
  const [first, second] = [await firstNames(1), await firstNames(2)];
  expect(first).toHaveLength(2);
  expect(second.filter((name) => first.includes(name))).toEqual([]);
});
