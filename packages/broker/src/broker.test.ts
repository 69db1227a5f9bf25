import type { AddressInfo } from "node:net";
import { contentDigest, encodeBase64url } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type CallOptions,
  call,
  closeBrokerLab,
  front,
  openBrokerLab,
  origin,
  pass,
  pinned,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  sign,
  state,
} from "./broker-lab.suite.ts";

const nowSeconds = pass.exp - 300;

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

describe("a brokered request", () => {
  test("reaches the upstream with the secret in its place, and without what is the broker's own", async () => {
    const answer = await call({
      headers: {
        cookie: "a=b",
        "x-app": "photos",
        "x-forwarded-for": "1.2.3.4",
        "x-http-method-override": "DELETE",
        range: "bytes=3-9",
      },
    });
    expect([answer.status, answer.text]).toEqual([200, "ok"]);
    const [seen] = state.seen;
    expect(seen?.target).toBe(`/v1/list?api_key=${encodeURIComponent(secret)}`);
    expect(seen?.headers["accept-encoding"]).toBe("identity");
    expect(seen?.headers["x-app"]).toBe("photos");
    for (const name of [
      "countersign-pass",
      "signature",
      "signature-input",
      "cookie",
      "x-forwarded-for",
      "x-http-method-override",
      "range",
    ]) {
      expect(seen?.headers[name]).toBeUndefined();
    }
  });

  test("fills headers and JSON bodies too, and the digest of the unfilled body stays behind", async () => {
    await call({ path: "/v1/list", headers: { "x-key": placeholder } });
    expect(state.seen[0]?.headers["x-key"]).toBe(secret);
    await call({
      method: "POST",
      path: "/v1/list",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: placeholder }),
    });
    expect(JSON.parse(state.seen[1]?.body ?? "")).toEqual({ key: secret });
    expect(state.seen[1]?.headers["content-digest"]).toBeUndefined();
  });

  test("shows the secret nowhere in the answer, whatever the upstream echoes", async () => {
    state.answer = (request, response) => {
      response.setHeader("x-echo", request.target);
      response.setHeader("set-cookie", "sid=1");
      response.setHeader("link", `<${request.target}>; rel=next`);
      response.setHeader("content-type", "text/html");
      response.write(`<a href="${encodeURIComponent(secret)}">`);
      for (const byte of Buffer.from(secret)) response.write(Buffer.from([byte]));
      response.end(
        Buffer.from(`u:${secret}`).toString("base64") + JSON.stringify({ secret }) + secret.replaceAll("&", "&amp;"),
      );
    };
    const answer = await call();
    const all = answer.text + [...answer.headers].flat().join("\n");
    for (const form of [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").slice(4, -4),
      secret.replaceAll("&", "&amp;"),
    ]) {
      expect(all).not.toContain(form);
    }
    expect(answer.text).toContain("****");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(answer.headers.get("link")).toBeNull();
  });

  test("shows the secret in no header's name either", async () => {
    state.answer = (_request, response) => {
      response.setHeader(`x-${encodeURIComponent(secret)}`, "1");
      response.setHeader(`x-${Buffer.from(secret).toString("hex")}`, "1");
      response.setHeader("x-other", "1");
      response.end("ok");
    };
    const names = [...(await call()).headers.keys()];
    expect(names.filter((name) => name.startsWith("x-"))).toEqual(["x-other"]);
  });

  test("keeps a redirect at the broker where it stays at the API, and drops its target elsewhere", async () => {
    const locations: (string | null)[] = [];
    for (const location of [
      "/v1/next?page=2",
      "https://evil.example/",
      "http://localhost/",
      `/v1/next?api_key=${encodeURIComponent(secret)}`,
    ]) {
      state.answer = (_request, response) => {
        response.writeHead(302, { location });
        response.end();
      };
      const answer = await call();
      expect(answer.status).toBe(302);
      locations.push(answer.headers.get("location"));
    }
    expect(locations).toEqual([`/b/${project}/photos/v1/next?page=2`, null, null, null]);
  });

  test("is answered for the caller alone: no cache on the way may keep it", async () => {
    state.answer = (_request, response) => {
      response.setHeader("cache-control", "public, max-age=3600");
      response.end("ok");
    };
    expect((await call()).headers.get("cache-control")).toBe("private, no-store");
  });

  test("is logged without path, query or value", async () => {
    await call();
    expect(state.events).toEqual([
      {
        event: "brokered",
        project,
        api: "photos",
        instance: pass.instance,
        method: "GET",
        code: null,
        upstreamStatus: 200,
        secrets: ["photo-key"],
      },
    ]);
  });

  test("that the caller gives up is given up at the upstream", async () => {
    const abort = new AbortController();
    const reached = new Promise<void>((resolve) => {
      state.answer = (_request, response) => {
        response.write("the beginning");
        response.on("close", () => resolve());
        abort.abort();
      };
    });
    await expect(call({ abort: abort.signal })).rejects.toThrow();
    await reached;
    expect(state.aborted).toBe(1);
  });
});

describe("the broker refuses, before any secret is revealed,", () => {
  const refused = async (options: CallOptions, code: string): Promise<void> => {
    expect((await call(options)).code).toBe(code);
    expect(state.seen).toEqual([]);
    expect(state.revealed).toBe(0);
  };

  test("a missing, foreign or unreadable pass", async () => {
    await refused({ pass: "bad-pass" }, "pass_invalid");
    const answer = await fetch(`${origin}/b/${project}/photos/v1/list`);
    expect(await answer.json()).toMatchObject({ code: "pass_invalid" });
    const foreign = encodeBase64url(new Uint8Array(16).fill(8));
    await refused({ target: `/b/${foreign}/photos/v1/list?api_key=${placeholder}` }, "pass_invalid");
  });

  test("a MAC under another key, over another target, method or body, of another session, or out of time", async () => {
    await refused({ key: new Uint8Array(32) }, "signature_invalid");
    await refused({ signedTarget: `/b/${project}/photos/v1/other?api_key=${placeholder}` }, "signature_invalid");
    await refused({ keyid: encodeBase64url(new Uint8Array(16).fill(4)) }, "signature_invalid");
    await refused({ createdSeconds: nowSeconds - 62 }, "signature_invalid");
    await refused({ createdSeconds: nowSeconds + 62 }, "signature_invalid");
    const body = JSON.stringify({ key: placeholder });
    const headers = { "content-type": "application/json" };
    const digest = contentDigest(sha256, new Uint8Array(Buffer.from("{}")));
    await refused(
      { method: "POST", path: "/v1/list", headers, body, signed: { "content-digest": digest } },
      "signature_invalid",
    );
    await refused({ signed: { signature: "" } }, "signature_invalid");
  });

  test("a nonce seen before in this session", async () => {
    expect((await call({ nonce: "once-only" })).status).toBe(200);
    state.seen = [];
    state.revealed = 0;
    await refused({ nonce: "once-only" }, "request_replayed");
  });

  test("a banned or quarantined instance", async () => {
    state.banned = true;
    await refused({}, "pass_withdrawn");
    await refused({ target: `/b/${project}/nothing/v1/list` }, "pass_withdrawn");
  });

  test("a ban, or the end of the pass, that comes while the body is on its way", async () => {
    const late = { method: "POST", path: `/v1/list?api_key=${placeholder}`, body: "text" } as const;
    state.afterCheck = () => {
      state.banned = true;
    };
    await refused(late, "pass_withdrawn");
    state.banned = false;
    state.afterCheck = () => {
      state.nowMs = pass.exp * 1000;
    };
    await refused(late, "pass_invalid");
  });

  test("a nonce seen before for as long as its request may pass, on a ledger that takes seconds to answer", async () => {
    expect((await call({})).status).toBe(200);
    expect(state.onceSeconds).toBe(130);
  });

  test("a request that may have been seen before the memory of nonces began", async () => {
    state.epochMs = pass.issuedAtMs + 1;
    const inThatSecond = { createdSeconds: Math.floor(state.epochMs / 1000) };
    await refused(inThatSecond, "request_replayed");
    expect(state.ledger).toEqual([]);
    expect((await call({ createdSeconds: inThatSecond.createdSeconds + 1 })).status).toBe(200);
    state.epochMs = pass.issuedAtMs;
    expect((await call(inThatSecond)).status).toBe(200);
  });

  test("an instance beyond its quota, before its nonce is remembered", async () => {
    state.within = false;
    await refused({}, "slow_down");
    expect(state.ledger).toEqual([`take ${project}:broker:${pass.instance} 600 60`]);
  });

  test("a caller without a valid MAC before it costs anybody's quota", async () => {
    await refused({ key: new Uint8Array(32) }, "signature_invalid");
    expect(state.ledger).toEqual([]);
  });

  test("whoever asks while the memory of nonces is full", async () => {
    state.ledgerFailure = Object.assign(new Error("full"), { code: "ledger_full" });
    await refused({}, "unavailable");
  });

  test("a secret that is no longer for the app of the pass", async () => {
    state.secretApp = "another";
    const answer = await call();
    expect([answer.code, state.seen]).toEqual(["unavailable", []]);
  });

  test("a third call of one instance while two are in work, and no longer when one has ended", async () => {
    const held: (() => void)[] = [];
    const both = new Promise<void>((resolve) => {
      state.answer = (_request, response) => {
        held.push(() => void response.end("ok"));
        if (held.length === 2) resolve();
      };
    });
    const [first, second] = [call(), call()];
    await both;
    expect((await call()).code).toBe("slow_down");
    expect(state.seen.length).toBe(2);
    for (const release of held) release();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    state.answer = (_request, response) => void response.end("ok");
    expect((await call()).status).toBe(200);
  });

  test("an API the project does not have, and logs no text of the caller's for it", async () => {
    await refused({ target: `/b/${project}/nothing/v1/list?api_key=${placeholder}` }, "not_found");
    expect(state.events.map(({ api }) => api)).toEqual([null]);
  });

  test.each([
    "/v1/../admin",
    "/v1/%2e%2e/admin",
    "/v1/..%2fadmin",
    "/v1/%5c..%5cadmin",
    "@evil.example/v1/list",
    "/v1/li st",
  ])("a path that is not strict: %s", async (path) => {
    // fetch would tidy these up, so the request is written by hand.
    const { connect } = await import("node:net");
    const target = `/b/${project}/photos${path}?api_key=${placeholder}`;
    const headers = Object.entries(sign({}, "GET", target)).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect((front.address() as AddressInfo).port, "127.0.0.1");
    socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers.join("")}\r\n`);
    const parts: Buffer[] = [];
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
    expect(Buffer.concat(parts).toString()).toMatch(/^HTTP\/1\.1 40[0134]/);
    expect(state.seen).toEqual([]);
    expect(state.revealed).toBe(0);
  });

  test("a request in which no brokered secret has its place: the broker is no open relay", async () => {
    await refused({ path: "/v1/list" }, "place_refused");
    await refused({ path: `/v1/list?q=${placeholder}` }, "place_refused");
    await refused({ path: `/other?api_key=${placeholder}` }, "place_refused");
    await refused({ method: "DELETE" }, "place_refused");
  });

  test("a secret that the pass does not name", async () => {
    await refused({ path: "/v2/list?api_key=cs-other-key-aaaaaaaaaa" }, "place_refused");
  });

  test("a private peer without the host's consent", async () => {
    state.allowPrivate = false;
    await refused({}, "upstream_refused");
  });

  test("a body beyond its bound", async () => {
    await refused(
      { method: "POST", path: "/v1/list", headers: { "content-type": "application/json" }, body: "x".repeat(5000) },
      "too_large",
    );
  });
});

describe("the broker tells", () => {
  test.each(["stranger", "mispinned", "misnamed"])(
    "an upstream that does not prove itself (%s): nothing of the request is sent",
    async (api) => {
      const answer = await call({ target: `/b/${project}/${api}/v1/list?api_key=${placeholder}` });
      expect(answer.code).toBe("upstream_refused");
      expect(state.seen).toEqual([]);
    },
  );

  test("an upstream that proves itself by root and pin apart from one that is away", async () => {
    expect((await call({ target: `/b/${project}/pinned/v1/list?api_key=${placeholder}` })).status).toBe(200);
    pinned.close();
    pinned.closeAllConnections();
    const answer = await call({ target: `/b/${project}/pinned/v1/list?api_key=${placeholder}` });
    expect(answer.code).toBe("upstream_unavailable");
  });

  test("an upstream that compresses nevertheless, for what cannot be masked is not sent on", async () => {
    state.answer = (_request, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(Buffer.from("1f8b", "hex"));
    };
    expect((await call()).code).toBe("upstream_refused");
  });

  test.each([
    ["a status of 206", 206, {}],
    ["a Content-Range", 200, { "content-range": "bytes 0-15/200" }],
    ["multipart/byteranges", 200, { "content-type": 'Multipart/ByteRanges; boundary="x"' }],
    ["a coding of the transfer", 200, { "transfer-encoding": "gzip, chunked" }],
  ])("an upstream that answers a piece nobody asked for, or in a coding: %s", async (_, status, headers) => {
    state.answer = (_request, response) => {
      response.writeHead(status, headers);
      response.end(secret.slice(0, 16));
    };
    const answer = await call();
    expect(answer.code).toBe("upstream_refused");
    expect(answer.text).not.toContain(secret.slice(0, 8));
  });

  test("an upstream that does not answer in time", async () => {
    state.answer = () => {};
    expect((await call()).code).toBe("upstream_timeout");
  });

  test("an answer beyond its bound is cut", async () => {
    state.answer = (_request, response) => void response.end(Buffer.alloc(300_000));
    await expect(call()).rejects.toThrow();
  });
});
