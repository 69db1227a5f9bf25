import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crypto as nodeCrypto } from "../crypto/node.ts";
import type { CryptoPort } from "../crypto/port.ts";
import { crypto as webCrypto } from "../crypto/web.ts";
import { openVerifier } from "../open-verifier.ts";
import { type CorpusCase, type CorpusRequest, corpus } from "./corpus/index.ts";
import { createJudge, type Judge } from "./judge.ts";
import { sendRaw } from "./send-raw.ts";
import { bodyDigest, type GuardedServer } from "./servers/guarded-server.ts";
import { servers } from "./servers/index.ts";

const judgeBy = (crypto: CryptoPort): Judge => createJudge((options) => openVerifier(crypto, options));

const runOf = (each: CorpusCase, step: string): string => encodeURIComponent(`${step} ${each.name}`);

const withLines = (judge: Judge, each: CorpusCase, run: string, request: CorpusRequest): CorpusRequest => ({
  ...request,
  headers: [...request.headers, ...judge.linesOf(each.setting, run)],
});

/** Brings a case before a judge by whatever way, and demands the verdict it must get. */
async function run<Answer>(
  judge: Judge,
  each: CorpusCase,
  bring: (request: CorpusRequest) => Promise<Answer>,
): Promise<{ readonly request: CorpusRequest; readonly answer: Answer }> {
  let nonce = "";
  const first = each.first?.() ?? { method: "GET", target: "/", headers: [] };
  if (each.first !== undefined) {
    await bring(withLines(judge, each, runOf(each, "first"), first));
    const told = judge.told(runOf(each, "first"));
    if (told?.ok === false) nonce = told.nonce ?? "";
  }
  const request = await each.request(first, nonce);
  const answer = await bring(withLines(judge, each, runOf(each, "then"), request));
  const told = judge.told(runOf(each, "then"));
  const verdict = told?.ok === false ? { ok: false, reason: told.reason, bucket: told.bucket } : { ok: told?.ok };
  expect(verdict).toEqual(each.expected.ok ? { ok: true } : { bucket: verdict.bucket, ...each.expected });
  return { request, answer };
}

it("holds at least 120 cases, hostile and genuine, each of its own name", () => {
  expect(corpus.filter(({ expected }) => !expected.ok).length).toBeGreaterThanOrEqual(120);
  expect(corpus.filter(({ expected }) => expected.ok).length).toBeGreaterThanOrEqual(40);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

describe.each([
  ["Node's crypto", nodeCrypto],
  ["WebCrypto", webCrypto],
] as const)("a verifier over %s judges as stated:", (_, crypto) => {
  const judge = judgeBy(crypto);
  it.each(corpus.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    await run(judge, each, ({ method, target, headers, body = new Uint8Array(0) }) =>
      judge.verifier.verify({ method, url: target, headers, body: async () => body }),
    );
  });
});

const unavailable = ["keys_unavailable", "consume_unavailable", "replay_store_unavailable"];

describe.each(servers)("%s judges over the wire as a verifier does by itself:", (_, open) => {
  const judge = judgeBy(nodeCrypto);
  let server: GuardedServer;
  beforeAll(async () => {
    server = await open(judge.verifier);
  });
  afterAll(() => server.close());

  it.each(corpus.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    const { request, answer } = await run(judge, each, (sent) => sendRaw(server.port, sent));
    if (each.expected.ok) {
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(bodyDigest(request.body ?? new Uint8Array(0)));
      return;
    }
    const { reason } = each.expected;
    expect(answer.status).toBe(unavailable.includes(reason) ? 503 : 401);
    expect(answer.text).toMatch(/\r\ncontent-type: application\/problem\+json/i);
    expect(answer.text).toMatch(/\r\ncache-control: no-store\r\n/i);
    expect(answer.text).not.toContain(reason);
  });
});
