import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  call,
  closeBrokerLab,
  openBrokerLab,
  origin,
  pass,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  state,
} from "../broker-lab.suite.ts";
import type { Decoys } from "../ports.ts";
import { linkAnswers, linkTo, madeLink, open, picturesAt } from "./links-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const seen = () => state.seen.map(({ method, target }) => `${method} ${target}`);

describe("an answer whose links are led through the broker", () => {
  it("names in place of each a link of the caller's own origin, that a plain GET opens without any header", async () => {
    linkAnswers({ url: `${picturesAt()}/image/moon.png?hd=1`, other: "https://elsewhere.example/image/a.png", n: 1.5 });
    const { text, headers } = await call();
    const { url, other } = JSON.parse(text) as { url: string; other: string };
    expect(url).toMatch(new RegExp(`^${origin}/l/${project}/pinned/[\\w-]{94}/image/moon\\.png\\?hd=1$`));
    expect(other).toBe("https://elsewhere.example/image/a.png");
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
    const opened = await open(url);
    expect([opened.status, opened.text]).toEqual([200, "a picture"]);
    expect(state.seen.at(-1)).toMatchObject({ method: "GET", target: "/image/moon.png?hd=1", body: "" });
    expect(JSON.stringify(state.seen.at(-1))).not.toContain(secret);
    expect(state.revealed).toBe(1);
  });

  it("loses the validators of the bytes that it no longer has, and no other answer does", async () => {
    const validators = { etag: '"a"', "last-modified": "Sun, 22 Nov 2026 16:00:00 GMT", "x-count": "7" };
    linkAnswers({ url: `${picturesAt()}/image/a` }, validators);
    const rewritten = await call();
    expect([rewritten.headers.get("etag"), rewritten.headers.get("last-modified")]).toEqual([null, null]);
    expect(rewritten.headers.get("x-count")).toBe("7");
    linkAnswers({ url: `${picturesAt()}/other/a` }, validators);
    const kept = await call();
    expect(kept.headers.get("etag")).toBe('"a"');
    expect(kept.text).toBe(JSON.stringify({ url: `${picturesAt()}/other/a` }));
  });

  it("has the same link for the same picture for a while, so that a cache finds it, and another for another instance", async () => {
    const link = await linkTo("/image/a");
    expect(await linkTo("/image/a")).toBe(link);
    expect(madeLink("/image/a", { instance: pass.subject })).not.toBe(link);
    state.nowMs += 1;
    expect(await linkTo("/image/a")).toBe(link);
  });

  it("is masked first: a value that an upstream puts into a link is in no link", async () => {
    linkAnswers({ url: `${picturesAt()}/image/a?api_key=${encodeURIComponent(secret)}` });
    const { text } = await call();
    expect(text).toContain("/image/a?api_key=***");
    expect(text).not.toContain(encodeURIComponent(secret).slice(3, 12));
    const { url } = JSON.parse(text) as { url: string };
    await open(url);
    expect(state.seen.at(-1)?.target).toMatch(/^\/image\/a\?api_key=\*+$/);
  });

  it.each([
    ["application/json"],
    ["application/json; charset=utf-8"],
    ['application/json;charset="UTF-8"'],
    ["application/hal+json"],
    ["Application/JSON"],
  ])("is of the type %s", async (type) => {
    linkAnswers({ url: `${picturesAt()}/image/a` }, { "content-type": type });
    expect((await call()).text).toContain("/l/");
  });

  it.each([
    ["text/html"],
    ["text/plain"],
    ["application/jsonp"],
    ["application/json; charset=utf-16"],
    ["application/json; charset=utf-8; charset=utf-7"],
    ["application/octet-stream"],
    ["text/event-stream"],
  ])("is not of the type %s", async (type) => {
    const text = JSON.stringify({ url: `${picturesAt()}/image/a` });
    linkAnswers(text, { "content-type": type });
    expect((await call()).text).toBe(text);
    expect(state.sealed).toBe(0);
  });

  it("is not one that is longer than is looked through: it goes on as it is, from its first byte to its last", async () => {
    const text = JSON.stringify({ url: `${picturesAt()}/image/a`, pad: "x".repeat(70_000) });
    linkAnswers(text);
    const long = await call();
    expect([long.status, long.text === text, state.sealed]).toEqual([200, true, 0]);
    const short = JSON.stringify({ url: `${picturesAt()}/image/a`, pad: "x".repeat(50_000) });
    linkAnswers(short);
    expect((await call()).text).toContain(`${origin}/l/`);
  });

  it("has at most so many links rewritten, the first", async () => {
    linkAnswers(Array.from({ length: 30 }, (_, at) => `${picturesAt()}/image/${at}`));
    const links = JSON.parse((await call()).text) as string[];
    expect(links.map((link) => link.startsWith(`${origin}/l/`))).toEqual(
      Array.from({ length: 30 }, (_, at) => at < 20),
    );
  });

  it("that breaks off while it is held is a failure, and none of it is sent", async () => {
    linkAnswers("");
    state.answer = (_seen, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"a":1');
      setImmediate(() => response.destroy());
    };
    const { status, code } = await call();
    expect([status, code]).toEqual([502, "upstream_unavailable"]);
  });

  it("answers HEAD without a body, and 304 and 204 as they are", async () => {
    linkAnswers({});
    state.answer = (_seen, response) => void response.writeHead(304, { "content-type": "application/json" }).end();
    expect(await call()).toMatchObject({ status: 304, text: "" });
    state.answer = (_seen, response) => void response.writeHead(204, { "content-type": "application/json" }).end();
    expect(await call()).toMatchObject({ status: 204, text: "" });
  });
});

describe("a link", () => {
  it("takes up nothing of who asks", async () => {
    const link = await linkTo("/image/a");
    await open(link, {
      headers: {
        accept: "image/*",
        authorization: "Bearer x",
        cookie: "a=b",
        "x-key": placeholder,
        "countersign-pass": "good-pass",
        "x-forwarded-for": "10.0.0.1",
        "x-http-method-override": "DELETE",
        "x-original-url": "/secret",
        referer: "https://app.example/",
        origin: "https://app.example",
        "user-agent": "phone",
        "accept-encoding": "gzip",
        "accept-language": "de",
        range: "bytes=0-3, 5-6",
        connection: "keep-alive, accept",
        te: "trailers",
        "if-none-match": '"a"',
      },
    });
    const { host: _, connection: __, ...headers } = state.seen.at(-1)?.headers ?? {};
    expect(headers).toEqual({
      accept: "image/*",
      "if-none-match": '"a"',
      "accept-encoding": "identity",
      "user-agent": "countersign",
    });
    expect(state.revealed).toBe(1);
  });

  it("is answered so that nothing in it runs in the service's origin, whoever shows it", async () => {
    const link = await linkTo("/image/a");
    const { headers } = await open(link);
    expect(headers).toMatchObject({
      "content-type": "image/png",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": "*",
      "cache-control": expect.stringMatching(/^private, max-age=\d+$/),
    });
    expect(headers["content-disposition"]).toBeUndefined();
  });

  it.each([
    ["text/html", "application/octet-stream"],
    ["text/html; charset=utf-8", "application/octet-stream"],
    ["application/javascript", "application/octet-stream"],
    ["text/javascript", "application/octet-stream"],
    ["text/css", "application/octet-stream"],
    ["application/xhtml+xml", "application/octet-stream"],
    ["application/pdf", "application/octet-stream"],
    ["text/xml", "application/octet-stream"],
    ["multipart/x-mixed-replace", "application/octet-stream"],
    ["image/png, text/html", "application/octet-stream"],
    ["", "application/octet-stream"],
    ["image/svg+xml", "image/svg+xml"],
    ["text/plain", "text/plain"],
    ["application/json; charset=UTF-8", "application/json; charset=utf-8"],
  ])("of the type %s comes as a download of the type %s", async (given, type) => {
    const link = await linkTo("/image/a");
    state.answer = (_seen, response) => void response.writeHead(200, { "content-type": given }).end("<script>");
    const { headers } = await open(link);
    expect([headers["content-type"], headers["content-disposition"]]).toEqual([type, "attachment"]);
  });

  it("hands on no header of the upstream's that speaks for the service", async () => {
    const link = await linkTo("/image/a");
    state.answer = (_seen, response) =>
      void response
        .writeHead(200, {
          "content-type": "image/png",
          "set-cookie": "a=b",
          "strict-transport-security": "max-age=0",
          "clear-site-data": '"*"',
          "service-worker-allowed": "/",
          "content-security-policy": "default-src *",
          "access-control-allow-origin": "https://evil.example",
          "access-control-allow-credentials": "true",
          "x-accel-redirect": "/etc/passwd",
          link: "</a.js>; rel=preload",
          refresh: "0; url=https://evil.example",
          "x-powered-by": "a",
          etag: '"a"',
        })
        .end("a");
    const { headers } = await open(link);
    const { date: _, connection: __, "transfer-encoding": ___, "cache-control": ____, ...rest } = headers;
    expect(rest).toEqual({
      etag: '"a"',
      "content-type": "image/png",
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": "*",
    });
  });

  it("may be kept until it ends, unless the upstream says otherwise or had no picture", async () => {
    const link = await linkTo("/image/a");
    const cached = async (status: number, cacheControl = "public") => {
      state.answer = (_seen, response) => void response.writeHead(status, { "cache-control": cacheControl }).end();
      return (await open(link)).headers["cache-control"];
    };
    const [, seconds = ""] = /^private, max-age=(\d+)$/.exec((await cached(200)) ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(300);
    expect(Number(seconds)).toBeLessThanOrEqual(600);
    expect(await cached(304)).toBe(`private, max-age=${seconds}`);
    expect(await cached(200, "no-store")).toBe("private, no-store");
    expect(await cached(200, "max-age=5, No-Cache")).toBe("private, no-store");
    expect(await cached(404)).toBe("private, no-store");
  });

  it("gives the piece that was asked for, one and no more", async () => {
    const link = await linkTo("/image/a");
    const piece = (type: string) => {
      state.answer = (_seen, response) =>
        void response.writeHead(206, { "content-type": type, "content-range": "bytes 0-1/9" }).end("ab");
    };
    piece("video/mp4");
    const { status, headers, text } = await open(link, { headers: { range: "bytes=0-1", "if-range": '"a"' } });
    expect([status, headers["content-range"], text]).toEqual([206, "bytes 0-1/9", "ab"]);
    expect(state.seen.at(-1)?.headers).toMatchObject({ range: "bytes=0-1", "if-range": '"a"' });
    expect((await open(link)).code).toBe("upstream_refused");
    piece("multipart/byteranges; boundary=a");
    expect((await open(link, { headers: { range: "bytes=0-1" } })).code).toBe("upstream_refused");
  });

  it("opens with HEAD as well, and with nothing else", async () => {
    const link = await linkTo("/image/a");
    expect(await open(link, { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
    const before = state.seen.length;
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
      expect((await open(link, { method })).code).toBe("method_not_allowed");
    expect((await open(link, { headers: { "content-length": "1" }, body: "a" })).code).toBe("malformed");
    expect((await open(link, { headers: { "transfer-encoding": "chunked" }, body: "a" })).code).toBe("malformed");
    expect(state.seen).toHaveLength(before);
  });

  it("opens until its end, and not after", async () => {
    const exp = Math.floor(state.nowMs / 1000) + 5;
    linkAnswers({});
    const link = madeLink("/image/a", { exp });
    state.nowMs = exp * 1000 - 1;
    expect((await open(link)).status).toBe(200);
    state.nowMs = exp * 1000;
    state.ledger = [];
    expect((await open(link)).code).toBe("link_invalid");
    expect([seen(), state.ledger]).toEqual([["GET /image/a"], []]);
  });

  it("that ends while its upstream's address is looked for is not sent", async () => {
    linkAnswers({});
    const link = madeLink("/image/a");
    const { resolve } = state;
    state.resolve = async (host) => {
      state.nowMs += 700_000;
      return await resolve(host);
    };
    expect((await open(link)).code).toBe("link_invalid");
    expect(state.seen).toEqual([]);
  });

  it("of a banned instance does not open, nor where the ban comes while it is judged", async () => {
    const link = await linkTo("/image/a");
    const before = state.seen.length;
    state.banned = true;
    expect((await open(link)).code).toBe("pass_withdrawn");
    state.banned = false;
    const { resolve } = state;
    state.resolve = async (host) => {
      state.banned = true;
      return await resolve(host);
    };
    expect((await open(link)).code).toBe("pass_withdrawn");
    expect(state.seen).toHaveLength(before);
  });

  it("does not open once links no longer lead there", async () => {
    const link = await linkTo("/image/a");
    state.links = new Map([["photos", { to: [{ api: "pinned", path: "/other" }], seconds: 600 }]]);
    expect((await open(link)).code).toBe("link_invalid");
    state.links = new Map();
    expect((await open(link)).code).toBe("link_invalid");
    state.links = new Map([["stranger", { to: [{ api: "pinned", path: "/" }], seconds: 600 }]]);
    expect((await open(link)).status).toBe(200);
  });

  it("is counted beside its instance's calls, under a quota of its own", async () => {
    const link = await linkTo("/image/a");
    state.ledger = [];
    await open(link);
    expect(state.ledger).toEqual([`take ${project}:link:${pass.instance} 600 60`]);
    state.within = false;
    expect((await open(link)).code).toBe("slow_down");
    expect((await open(link.replace("/image/a", "/image/b"))).code).toBe("link_invalid");
  });

  it("has places in work of its own, and gives each back", async () => {
    const link = await linkTo("/image/a");
    const waiting: (() => void)[] = [];
    let arrived = (): void => {};
    state.answer = (_seen, response) => {
      waiting.push(() => void response.end("ok"));
      arrived();
    };
    const arrive = (): Promise<void> => new Promise((resolve) => (arrived = resolve));
    const all: Promise<{ status: number }>[] = [];
    for (const _ of [1, 2]) {
      const here = arrive();
      all.push(open(link));
      await here;
    }
    expect((await open(link)).code).toBe("slow_down");
    const here = arrive();
    const aCall = call();
    await here;
    for (const answer of waiting) answer();
    expect((await Promise.all([...all, aCall])).map(({ status }) => status)).toEqual([200, 200, 200]);
    linkAnswers({});
    expect((await open(link)).status).toBe(200);
  });

  it("is held to the channel of its API, and to addresses that are public", async () => {
    linkAnswers({});
    state.links = new Map([
      ["photos", { to: ["mispinned", "misnamed", "stranger"].map((api) => ({ api, path: "/" })), seconds: 600 }],
    ]);
    for (const api of ["mispinned", "misnamed", "stranger"])
      expect((await open(madeLink("/image/a", { api }))).code).toBe("upstream_refused");
    state.allowPrivate = false;
    linkAnswers({});
    expect((await open(madeLink("/image/a"))).code).toBe("upstream_refused");
    state.allowPrivate = true;
    state.resolve = async () => [{ address: "169.254.169.254", family: 4 }];
    expect((await open(madeLink("/image/a"))).code).toBe("upstream_refused");
    expect(state.seen).toEqual([]);
  });

  it("is in no log: neither path nor token", async () => {
    const link = await linkTo("/image/a-private-path");
    await open(link);
    await open(link.replace("private", "other"));
    const logged = JSON.stringify(state.events);
    expect(state.events.map(({ event }) => event)).toEqual(["brokered", "linked", "link_refused"]);
    expect(state.events[1]).toEqual({
      event: "linked",
      project,
      api: "pinned",
      instance: pass.instance,
      method: "GET",
      code: null,
      upstreamStatus: 200,
      secrets: [],
    });
    expect(logged).not.toContain("path");
    expect(logged).not.toContain(link.split("/")[6]);
  });

  it("is a failure like any call's where its upstream fails", async () => {
    const link = await linkTo("/image/a");
    state.answer = (_seen, response) => response.destroy();
    expect((await open(link)).code).toBe("upstream_unavailable");
    state.answer = () => {};
    expect((await open(link)).code).toBe("upstream_timeout");
    state.answer = (_seen, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("a");
    expect((await open(link)).code).toBe("upstream_refused");
    state.answer = (_seen, response) => void response.writeHead(200).end(Buffer.alloc(300_000));
    await expect(open(link)).rejects.toThrow();
    state.ledgerFailure = null;
    linkAnswers({});
    expect((await open(link)).status).toBe(200);
  });
});

describe("a redirect of a linked upstream", () => {
  const redirect = (location: string | undefined, status = 302): void => {
    state.answer = (_seen, response) =>
      void response.writeHead(status, location === undefined ? {} : { location, "x-a": "b" }).end("a body");
  };

  it("that stays on linked paths is a link itself, no longer good than the one that led there", async () => {
    linkAnswers({});
    const exp = Math.floor(state.nowMs / 1000) + 5;
    const link = madeLink("/image/a", { exp });
    for (const location of ["/image/b?c=d", "b?c=d", `${picturesAt()}/image/b?c=d`]) {
      redirect(location);
      const { status, headers, text } = await open(link);
      expect([status, text, headers["cache-control"], headers["x-a"]]).toEqual([
        302,
        "",
        "private, no-store",
        undefined,
      ]);
      expect(headers.location).toBe(madeLink("/image/b?c=d", { exp }).slice(origin.length));
    }
    const { headers } = await open(link);
    linkAnswers({});
    expect((await open(headers.location ?? "")).text).toBe("a picture");
    expect(seen().slice(-1)).toEqual(["GET /image/b?c=d"]);
  });

  it.each([
    ["another host", "https://evil.example/image/b"],
    ["another port", "https://localhost:1/image/b"],
    ["another path", "/secret"],
    ["a path that climbs", "/image/../secret"],
    ["plain http", "http://localhost/image/b"],
    ["another host without a scheme", "//evil.example/image/b"],
    ["a user", "https://a@localhost/image/b"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:text/html,a"],
    ["nothing that is a URL", "https://[/"],
  ])("to %s is refused, and not told", async (_, location) => {
    const link = await linkTo("/image/a");
    redirect(location);
    const opened = await open(link);
    expect([opened.status, opened.code, opened.headers.location]).toEqual([502, "upstream_refused", undefined]);
  });

  it("without a target, or of another kind, is refused", async () => {
    const link = await linkTo("/image/a");
    redirect(undefined);
    expect((await open(link)).code).toBe("upstream_refused");
    for (const status of [300, 305, 306, 399]) {
      redirect("/image/b", status);
      expect((await open(link)).code).toBe("upstream_refused");
    }
  });

  it("to itself is followed by nobody here", async () => {
    const link = await linkTo("/image/a");
    const before = state.seen.length;
    redirect("/image/a");
    const { headers } = await open(link);
    expect(link.endsWith(headers.location ?? "nothing")).toBe(true);
    expect(state.seen).toHaveLength(before + 1);
  });
});

describe("a decoy", () => {
  const decoys: Decoys = {
    answerOf: (api) =>
      api === "photos"
        ? {
            status: 200,
            contentType: "application/json",
            body: JSON.stringify({ url: `${picturesAt()}/image/a`, n: 1 }),
            delayMs: 7,
          }
        : { status: 404, contentType: "text/html", body: "<p>none", delayMs: 9 },
    canaryOf: () => "a-canary",
  };

  async function decoyLink(): Promise<string> {
    linkAnswers({});
    state.decoyPass = true;
    state.decoys = decoys;
    return (JSON.parse((await call()).text) as { url: string }).url;
  }

  it("gets links that look like any others and open as any others, to its API's decoy answer", async () => {
    const link = await decoyLink();
    expect(link).toHaveLength((await linkTo("/image/a")).length);
    const { status, headers, text } = await open(link);
    expect([status, text]).toEqual([404, "<p>none"]);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "cache-control": "private, no-store",
      "content-security-policy": "sandbox; default-src 'none'",
    });
    expect(state.pauses).toEqual([7, 7, 9]);
    expect(await open(link, { method: "HEAD" })).toMatchObject({ status: 404, text: "" });
    expect(state.events.slice(-1)).toMatchObject([{ event: "linked_decoy", upstreamStatus: null }]);
    expect([state.seen, state.revealed]).toEqual([[], 0]);
  });

  it("stays one: its links reach no upstream, with its pass or without", async () => {
    const link = await decoyLink();
    state.decoyPass = false;
    expect((await open(link)).status).toBe(404);
    state.decoys = null;
    expect((await open(link)).code).toBe("pass_withdrawn");
    expect(state.seen).toEqual([]);
  });

  it("is what a banned instance's links become where the project has decoys", async () => {
    const link = await linkTo("/image/a");
    const before = state.seen.length;
    state.banned = true;
    state.decoys = decoys;
    expect((await open(link)).status).toBe(404);
    expect(state.seen).toHaveLength(before);
  });

  it("is refused as any other where its link is no good", async () => {
    const link = await decoyLink();
    expect((await open(link.replace("/image/a", "/image/b"))).code).toBe("link_invalid");
    state.nowMs += 700_000;
    expect((await open(link)).code).toBe("link_invalid");
  });
});

describe("what links hold is given back", () => {
  const settled = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => void setImmediate(resolve));
  };

  it("where the caller goes while its answer is held", async () => {
    linkAnswers({});
    state.answer = (_seen, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"a":');
    };
    for (let calls = 1; calls <= 3; calls += 1) {
      const abort = new AbortController();
      const gone = call({ abort: abort.signal }).catch(() => "gone");
      await settled(() => state.seen.length === calls);
      abort.abort();
      expect(await gone).toBe("gone");
      await settled(() => state.aborted === calls);
    }
    linkAnswers({ url: `${picturesAt()}/image/a` });
    expect((await call()).text).toContain("/l/");
  });

  it("where an upstream stops in the middle of an answer that is held", async () => {
    linkAnswers({});
    state.answer = (_seen, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"a":');
    };
    const { status, code } = await call();
    expect([status, code]).toEqual([502, "upstream_unavailable"]);
    await settled(() => state.aborted === 1);
  });

  it("where the caller of a link goes before its picture has come", async () => {
    const link = await linkTo("/image/a");
    state.answer = (_seen, response) => {
      response.writeHead(200, { "content-type": "image/png" }).write("half");
    };
    for (let calls = 1; calls <= 3; calls += 1) {
      const abort = new AbortController();
      const asked = await fetch(link, { signal: abort.signal });
      abort.abort();
      await asked.text().catch(() => "gone");
      await settled(() => state.aborted === calls);
    }
    linkAnswers({});
    expect((await open(link)).text).toBe("a picture");
  });
});
