import { createHash, createHmac, randomBytes } from "node:crypto";
import { decoyValueInput } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { crypto as node } from "../crypto/node.ts";
import { crypto as web } from "../crypto/web.ts";
import { secretKeys } from "../keys/secret-keys.ts";
import { openVerifier } from "../open-verifier.ts";
import type { RequestView } from "../request-view.ts";
import type { DecoyList, TrafficReport } from "../service/service-port.ts";
import { createDecoySpotter } from "./decoy-spotter.ts";

const value = "sk_live_9f2Kq7Lm3Xc8Vb5N";
const salt = randomBytes(32);
const digest = createHash("sha256").update(decoyValueInput(value)).digest();
const hash = createHmac("sha256", salt).update(digest).digest("base64url");
const list: DecoyList = { salt: salt.toString("base64url"), decoys: [{ length: value.length, hash }] };

const view = (...headers: readonly (readonly [string, string])[]): RequestView => ({
  method: "GET",
  url: "/v1",
  headers,
});
const used = view(["Authorization", `Bearer ${value}`]);

function harness(port: typeof node | typeof web = node) {
  const state = { nowMs: 1_000, list: list as DecoyList | null, asked: 0, spotted: [] as string[] };
  const spotter = createDecoySpotter({
    crypto: port,
    nowMs: () => state.nowMs,
    onSpotted: (each) => state.spotted.push(each),
    list: async () => {
      state.asked += 1;
      return state.list;
    },
  });
  const look = async (seen: RequestView): Promise<readonly string[]> => {
    spotter.look(seen);
    await spotter.settled();
    return state.spotted.splice(0);
  };
  return { spotter, state, look };
}

describe.each([
  ["node:crypto", node],
  ["WebCrypto", web],
])("the spotter of decoys over %s", (_, port) => {
  it("tells of a decoy in headers and address by the list's hash, and of nothing else", async () => {
    const { look } = harness(port);
    expect(await look(used)).toEqual([hash]);
    expect(await look(view(["x-api-key", value], ["cookie", `k=${value}`]))).toEqual([hash]);
    expect(await look({ ...view(), url: `https://api.example.com/v1?api_key=${value}` })).toEqual([hash]);
    expect(await look(view(["Authorization", `Bearer ${value.slice(0, -1)}M`]))).toEqual([]);
    expect(await look(view(["x-api-key", hash]))).toEqual([]);
    expect(await look(view())).toEqual([]);
  });
});

describe("the spotter of decoys", () => {
  it("waits for the first list, asks once a minute, and keeps what it knows while there is no answer", async () => {
    const { state, look } = harness();
    await Promise.all([look(used), look(used)]);
    expect(state.asked).toBe(1);
    state.list = null;
    state.nowMs += 60_000;
    expect(await look(used)).toEqual([hash]);
    expect(state.asked).toBe(2);
    state.list = { ...list, decoys: [] };
    state.nowMs += 60_000;
    await look(used);
    expect(await look(used)).toEqual([]);
    expect(state.asked).toBe(3);
  });

  it("knows nothing before it was told, and asks again a minute later", async () => {
    const { state, look } = harness();
    state.list = null;
    expect(await look(used)).toEqual([]);
    state.list = list;
    expect(await look(used)).toEqual([]);
    state.nowMs += 60_000;
    expect(await look(used)).toEqual([hash]);
    state.list = { ...list, salt: "no salt" };
    state.nowMs += 60_000;
    expect(await look(used)).toEqual([hash]);
  });

  it("looks at 256 requests at once and no more, however many come", async () => {
    const { spotter, state } = harness();
    for (let at = 0; at < 1_000; at += 1) spotter.look(used);
    await spotter.settled();
    expect(state.spotted).toHaveLength(256);
    spotter.look({ ...used, headers: null as unknown as RequestView["headers"] });
    await expect(spotter.settled()).resolves.toBeUndefined();
  });
});

describe("a verifier that looks for decoys", () => {
  const service = (sent: TrafficReport[], decoys = async (): Promise<DecoyList | null> => list) => ({
    consume: async () => ({ ok: false, reason: "consume_unavailable" }) as const,
    report: async (report: TrafficReport) => sent.push(report) > 0,
    decoys,
  });
  const options = { issuer: null, audience: null, keys: secretKeys([{ secret: new Uint8Array(32) }]) } as const;

  it("reports one that came with a request it refuses, and says nothing of it in the verdict", async () => {
    const sent: TrafficReport[] = [];
    const spotting = openVerifier(node, { ...options, service: service(sent), spotDecoys: true });
    const plain = openVerifier(node, { ...options, service: service([]) });
    expect(await spotting.verify(used)).toEqual(await plain.verify(used));
    await spotting.close();
    expect(sent.map(({ spotted }) => spotted)).toEqual([[{ hash, uses: 1 }]]);
    expect(JSON.stringify(sent)).not.toContain(value);
  });

  it("gives its verdict while the service does not answer what to look for", async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const verifier = openVerifier(node, { ...options, service: service([], never), spotDecoys: true });
    expect(await verifier.verify(used)).toMatchObject({ ok: false, reason: "token_missing" });
  });

  it("does not look unless it is told to, and refuses to be told without a service that can say what for", () => {
    const sent: TrafficReport[] = [];
    const silent = async (): Promise<never> => {
      throw new Error("asked");
    };
    expect(() => openVerifier(node, { ...options, service: service(sent, silent) })).not.toThrow();
    expect(() => openVerifier(node, { ...options, spotDecoys: true })).toThrow(TypeError);
    const { decoys: _, ...old } = service(sent);
    expect(() => openVerifier(node, { ...options, service: old, spotDecoys: true })).toThrow(TypeError);
  });
});
