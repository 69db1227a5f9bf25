import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  closeBrokerLab,
  front,
  openBrokerLab,
  origin,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  sign,
  state,
} from "./broker-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const pieceBytes = 20_000;
const body = Buffer.alloc(5 * pieceBytes, "0123456789abcdef");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Sent {
  readonly outgoing: ClientRequest;
  readonly answer: Promise<{
    readonly status: number;
    readonly text: string;
    readonly headers: IncomingMessage["headers"];
  }>;
}

/** Begins an upload whose MAC covers `covered`; the caller writes the body. */
function upload(api: string, headers: Record<string, string> = {}, covered = body): Sent {
  const target = `/b/${project}/${api}/v1/list?api_key=${placeholder}`;
  const signed = sign({ body: covered.toString("latin1") }, "POST", target);
  const outgoing = request(origin + target, {
    method: "POST",
    agent: false,
    headers: {
      "content-type": "image/png",
      ...("transfer-encoding" in headers ? {} : { "content-length": String(covered.length) }),
      ...signed,
      ...headers,
    },
  });
  const answer = once(outgoing, "response").then(async ([response]: IncomingMessage[]) => {
    if (response === undefined) throw new TypeError("no answer");
    let text = "";
    for await (const part of response) text += String(part);
    return { status: response.statusCode ?? 0, text, headers: response.headers };
  });
  answer.catch(() => {});
  outgoing.on("error", () => {});
  return { outgoing, answer };
}

/** What the upstream has of the request under way. It is among `seen` when it came whole. */
function watchUpstream(): {
  readonly bytes: () => number;
  readonly closed: Promise<void>;
} {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let length = 0;
  state.arriving = (incoming) => {
    incoming.on("data", (part: Buffer) => {
      length += part.length;
    });
    incoming.on("error", () => {});
    incoming.on("close", resolve);
  };
  return { bytes: () => length, closed };
}

const turns = async (until: () => boolean): Promise<void> => {
  while (!until()) await new Promise((resolve) => void setImmediate(resolve));
};
const codeOf = (text: string): string => (JSON.parse(text) as { code: string }).code;

describe.each(["photos", "second"])("an upload to the API %s that nothing needs whole", (api) => {
  test("arrives as it was sent, with its length and the secret, while it is still on its way", async () => {
    const upstream = watchUpstream();
    const { outgoing, answer } = upload(api);
    outgoing.write(body.subarray(0, 4 * pieceBytes));
    await turns(() => upstream.bytes() > 0);
    expect(state.seen).toEqual([]);
    outgoing.end(body.subarray(4 * pieceBytes));
    expect((await answer).text).toBe("ok");
    const [seen] = state.seen;
    expect([seen?.target, seen?.headers["content-length"]]).toEqual([
      `/v1/list?api_key=${encodeURIComponent(secret)}`,
      String(body.length),
    ]);
    expect(sha256(Buffer.from(seen?.body ?? ""))).toBe(sha256(body));
  });

  test("arrives in chunks where no length is said", async () => {
    const { outgoing, answer } = upload(api, { "transfer-encoding": "chunked" });
    outgoing.end(body);
    expect((await answer).text).toBe("ok");
    expect(state.seen[0]?.headers).not.toHaveProperty("content-length");
    expect(sha256(Buffer.from(state.seen[0]?.body ?? ""))).toBe(sha256(body));
  });

  const altered = Buffer.from(body);
  altered.write("X");
  test.each([
    ["with a length", {}],
    ["in chunks", { "transfer-encoding": "chunked" }],
  ])("never arrives whole where it is not what the MAC covers: %s", async (_, headers) => {
    const upstream = watchUpstream();
    const { outgoing, answer } = upload(api, headers);
    outgoing.write(altered.subarray(0, 4 * pieceBytes));
    await turns(() => upstream.bytes() > 0);
    outgoing.end(altered.subarray(4 * pieceBytes));
    const { status, text } = await answer;
    expect([status, codeOf(text)]).toEqual([401, "signature_invalid"]);
    await upstream.closed;
    expect(state.seen).toEqual([]);
    expect(upstream.bytes()).toBeLessThan(body.length);
  });

  test.each([
    ["is banned", () => (state.banned = true), "pass_withdrawn"],
    ["has a pass that ended", () => (state.nowMs += 600_000), "pass_invalid"],
  ])("never arrives whole where its caller %s meanwhile", async (_, change, code) => {
    const upstream = watchUpstream();
    const { outgoing, answer } = upload(api);
    outgoing.write(body.subarray(0, 4 * pieceBytes));
    await turns(() => upstream.bytes() > 0);
    change();
    outgoing.end(body.subarray(4 * pieceBytes));
    expect(codeOf((await answer).text)).toBe(code);
    await upstream.closed;
    expect(state.seen).toEqual([]);
  });

  test("ends in a decoy's answer where its caller is banned meanwhile and the project has decoys", async () => {
    const upstream = watchUpstream();
    const answered = { status: 200, contentType: "text/plain", body: "a decoy's", delayMs: 1 };
    state.decoys = { answerOf: () => answered, canaryOf: () => "canary-of-the-photo-key" };
    const { outgoing, answer } = upload(api);
    outgoing.write(body.subarray(0, 4 * pieceBytes));
    await turns(() => upstream.bytes() > 0);
    state.banned = true;
    outgoing.end(body.subarray(4 * pieceBytes));
    expect((await answer).text).toBe("a decoy's");
    await upstream.closed;
    expect([state.seen, state.events[0]?.event]).toEqual([[], "brokered_decoy"]);
  });

  test("of a decoy goes nowhere, and is answered when it has come, if it is what the MAC covers", async () => {
    const answered = { status: 200, contentType: "text/plain", body: "a decoy's", delayMs: 1 };
    state.decoys = { answerOf: () => answered, canaryOf: () => "canary-of-the-photo-key" };
    state.banned = true;
    let arrived = 0;
    state.arriving = () => {
      arrived += 1;
    };
    const good = upload(api);
    good.outgoing.end(body);
    expect((await good.answer).text).toBe("a decoy's");
    const bad = upload(api);
    bad.outgoing.end(altered);
    expect(codeOf((await bad.answer).text)).toBe("signature_invalid");
    expect([state.seen, arrived, state.revealed]).toEqual([[], 0, 0]);
  });

  test("is broken off where its caller goes, or says nothing for too long", async () => {
    for (const how of ["goes", "says nothing"]) {
      const upstream = watchUpstream();
      const { outgoing, answer } = upload(api);
      outgoing.write(body.subarray(0, 4 * pieceBytes));
      await turns(() => upstream.bytes() > 0);
      if (how === "goes") outgoing.destroy();
      else expect(codeOf((await answer).text)).toBe("malformed");
      await upstream.closed;
      outgoing.destroy();
    }
    await turns(() => state.events.length === 2);
    expect(state.seen).toEqual([]);
  });

  test("has its answer though the upstream did not wait for all of it, and the rest is nobody's", async () => {
    const { promise: early, resolve } = Promise.withResolvers<ServerResponse>();
    state.arriving = (_incoming, response) => resolve(response);
    state.isEarly = true;
    const { outgoing, answer } = upload(api);
    outgoing.write(body.subarray(0, 4 * pieceBytes));
    const response = await early;
    response.statusCode = 413;
    response.end("too much");
    const { status, text, headers } = await answer;
    expect([status, text, headers.connection]).toEqual([413, "too much", "close"]);
    outgoing.destroy();
    state.isEarly = false;
    state.arriving = () => {};
    const next = upload(api);
    next.outgoing.end(body);
    expect((await next.answer).text).toBe("ok");
  });

  test("is given up where the upstream takes nothing of it, and so is the caller's pace the upstream's", async () => {
    let taken = 0;
    state.isEarly = true;
    state.arriving = (incoming) => {
      incoming.pause();
      incoming.on("error", () => {});
    };
    const large = Buffer.alloc(290_000, "x");
    const { outgoing, answer } = upload(api, {}, large);
    outgoing.write(large.subarray(0, 280_000), () => {
      taken = 280_000;
    });
    // What sockets and windows hold between here and there may be all of it: then the answer is what is waited for.
    expect(["upstream_timeout", "malformed"]).toContain(codeOf((await answer).text));
    outgoing.destroy();
    expect(taken).toBeLessThanOrEqual(280_000);
  });

  test("is refused beyond its bound, at once where its length is said, else when it is reached", async () => {
    const large = Buffer.alloc(310_000, "x");
    const said = upload(api, {}, large);
    said.outgoing.flushHeaders();
    expect(codeOf((await said.answer).text)).toBe("too_large");
    said.outgoing.destroy();
    const upstream = watchUpstream();
    const chunked = upload(api, { "transfer-encoding": "chunked" }, large);
    chunked.outgoing.end(large);
    expect(codeOf((await chunked.answer).text)).toBe("too_large");
    await upstream.closed;
    expect(state.seen).toEqual([]);
  });
});

describe("a body that is held", () => {
  test.each([
    ["a place may be in it", "application/json", Buffer.from(JSON.stringify({ pad: "x".repeat(5000) })), "too_large"],
    ["it is a form's", "application/x-www-form-urlencoded; charset=utf-8", Buffer.alloc(5000, "x"), "too_large"],
  ])("is bounded where %s", async (_, type, bytes, code) => {
    const { outgoing, answer } = upload("photos", { "content-type": type }, bytes);
    outgoing.end(bytes);
    expect(codeOf((await answer).text)).toBe(code);
    expect(state.seen).toEqual([]);
  });

  test("is held whole where a processor reads it", async () => {
    const headers = {};
    state.terms = {
      processor: { kind: "hmac", algorithm: "sha256", key: "utf8", encoding: "hex", message: "{body}", headers },
      budgets: [],
    };
    const bytes = Buffer.alloc(5000, "x");
    const { outgoing, answer } = upload("photos", {}, bytes);
    outgoing.end(bytes);
    expect(codeOf((await answer).text)).toBe("too_large");
    expect(front.listening).toBe(true);
  });

  test("and short is proven before anything is sent", async () => {
    const bytes = Buffer.alloc(4000, "x");
    const { outgoing, answer } = upload("photos", {}, bytes);
    outgoing.write(bytes.subarray(0, 3999));
    outgoing.end("y");
    expect(codeOf((await answer).text)).toBe("signature_invalid");
    expect([state.seen, state.revealed]).toEqual([[], 0]);
  });
});
