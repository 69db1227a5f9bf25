import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import { AgentError } from "../errors.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { createMatrixWorld, type MatrixWorld, type Spot } from "../testing/matrix-world.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { protectFetch } from "./protect-fetch.ts";

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };

let world: MatrixWorld;
let agent: Agent;
let scope: ReturnType<typeof nodeScope>;
/** Calls that reached the platform's own. */
let passed: unknown[][];

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  agent = world.createAgent();
  await agent.refresh();
});
afterAll(() => world.close());

beforeEach(() => {
  scope = nodeScope();
  passed = [];
  scope.fetch = (...call) => {
    passed.push(call);
    return Promise.resolve(new Response("the platform's"));
  };
});

const places = (rest: string): string => world.places.origin + rest;
const keyed = (rest = ""): string => places(`/placeholder/delivered/query/x?key=${world.placeholder(query)}${rest}`);

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

describe("what is not the agent's", () => {
  it("goes to the platform's own with the very same arguments", async () => {
    protectFetch(agent, scope);
    const form = new FormData();
    const init = { method: "POST", body: form, headers: new Headers({ "x-a": "1" }) };
    const request = new Request("https://other.test/", { method: "POST", body: "text" });
    const url = new URL("https://other.test/");
    await scope.fetch(url, init);
    await scope.fetch(request);
    await scope.fetch("/relative");
    await scope.fetch("data:,x");
    await scope.fetch("http://other.test/");
    expect(passed.map(([input]) => input)).toEqual([url, request, "/relative", "data:,x", "http://other.test/"]);
    expect(passed[0]?.[0]).toBe(url);
    expect(passed[0]?.[1]).toBe(init);
    expect(passed[1]?.[0]).toBe(request);
    expect(passed[1]).toHaveLength(1);
    expect(request.bodyUsed).toBe(false);
  });

  it("is what is excluded, unless a placeholder stands in it", async () => {
    protectFetch(agent, scope, { exclude: [/^https:\/\/localhost/g] });
    await scope.fetch(places("/free"));
    await scope.fetch(places("/free"));
    expect(passed).toHaveLength(2);
    expect((await scope.fetch(keyed())).url).toBe(keyed());
    expect(passed).toHaveLength(2);
  });

  it("is never what carries a placeholder: in the URL, a header, Basic, or text of the body", async () => {
    protectFetch(agent, scope);
    const placeholder = world.placeholder(query);
    const form = new FormData();
    form.append("note", placeholder);
    const inits: RequestInit[] = [
      { headers: { "x-note": placeholder } },
      { headers: [["authorization", `Basic ${btoa(`u:${placeholder}`)}`]] },
      { method: "POST", body: `note ${placeholder}` },
      { method: "POST", body: new URLSearchParams({ note: placeholder }) },
      { method: "POST", body: form },
      { method: "POST", body: Buffer.from(placeholder) },
    ];
    const before = agent.state().placeholdersUnfilled;
    for (const init of inits) {
      const echo = (await (await scope.fetch(`${world.foreign.origin}/note`, init)).json()) as Echo;
      expect(JSON.stringify(echo)).not.toContain("VALUE-");
    }
    expect(passed).toEqual([]);
    // In Basic it stands encoded, and a form is sent in pieces: looked at, but not told.
    expect(agent.state().placeholdersUnfilled - before).toBe(inits.length - 2);
  });

  it("passes once it is restored; what other libraries put in front stays and passes through", async () => {
    const own = scope.fetch;
    const protection = protectFetch(agent, scope);
    const front = scope.fetch;
    const wrapped: typeof fetch = (...call) => front(...call);
    scope.fetch = wrapped;
    expect(protection?.restore()).toBe(false);
    expect(scope.fetch).toBe(wrapped);
    await scope.fetch(keyed());
    expect(passed).toHaveLength(1);
    scope.fetch = own;
    const again = protectFetch(agent, scope);
    expect(again?.restore()).toBe(true);
    expect(scope.fetch).toBe(own);
  });

  it("is nothing while nobody has said which hosts are protected, unless the app says so", async () => {
    const fresh = world.createAgent();
    const { middleman } = world.service;
    world.service.middleman = () => null;
    const waiting = nodeScope();
    waiting.fetch = scope.fetch;
    protectFetch(fresh, waiting, { whileUnknown: "pass" });
    await waiting.fetch(places("/early"));
    expect(passed).toHaveLength(1);
    const strict = nodeScope();
    strict.fetch = scope.fetch;
    const other = world.createAgent();
    protectFetch(other, strict);
    const error = await failure(strict.fetch(places("/early")));
    expect(passed).toHaveLength(1);
    expect(error).toMatchObject({ name: "TypeError", cause: { code: "service_unreachable" } });
    await strict.fetch("http://other.test/");
    expect(passed).toHaveLength(2);
    world.service.middleman = middleman;
    fresh.stop();
    other.stop();
  });
});

describe("what is the agent's", () => {
  beforeEach(() => void protectFetch(agent, scope));

  it("looks like the platform's own answer, with the unfilled URL", async () => {
    const response = await scope.fetch(keyed("#fragment"));
    expect(response).toBeInstanceOf(Response);
    expect(response.url).toBe(keyed());
    expect([response.status, response.ok, response.redirected, response.type]).toEqual([200, true, false, "basic"]);
    expect(response.headers.get("X-Two")).toBe("one, two");
    const copy = response.clone();
    expect(copy.url).toBe(keyed());
    const [one, two] = (await Promise.all([response.json(), copy.json()])) as Echo[];
    expect(one).toEqual(two);
    expect(one?.url).toContain("key=VALUE-query");
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it("has no body where a status has none, and for HEAD", async () => {
    for (const [method, answer] of [
      ["GET", "204"],
      ["GET", "304"],
      ["HEAD", "200"],
    ] as const) {
      const response = await scope.fetch(keyed(`&answer=${answer}`), { method });
      expect(response.body).toBe(null);
      expect(await response.text()).toBe("");
    }
    const missing = await scope.fetch(keyed("&answer=404"));
    expect([missing.status, missing.ok]).toEqual([404, false]);
  });

  it("is read as the platform reads a URL before it is judged", async () => {
    const shouted = keyed().replace("https://localhost", "HTTPS://LOCALHOST").replace("/x?", "/y/../x?");
    const response = await scope.fetch(shouted);
    expect(response.url).toBe(keyed());
    const error = await failure(scope.fetch(`https://user:pw@localhost:${world.places.port}/`));
    expect(error).toBeInstanceOf(TypeError);
    expect(await failure(scope.fetch(`http://localhost:${world.places.port}/`))).toMatchObject({
      name: "TypeError",
      cause: { code: "url_refused" },
    });
    expect(passed).toEqual([]);
  });

  it("fills a header and a query that no code names, where the place says always", async () => {
    const response = await scope.fetch(places("/always/delivered/header/x"));
    expect(((await response.json()) as Echo).headers["x-key"]).toBe("VALUE-header-always-delivered");
    const second = await scope.fetch(places("/always/delivered/query/x?page=2"));
    expect(((await second.json()) as Echo).url).toContain("page=2&key=VALUE-query-always-delivered");
  });

  it("carries the API's token in place of what the app set", async () => {
    const response = await scope.fetch(`${world.tokened.origin}/x`, { headers: { "X-Token": "mine" } });
    expect(((await response.json()) as Echo).headers["x-token"]).toMatch(/^T token\.tokened\./);
  });

  it("keeps a placeholder that was typed elsewhere as it is", async () => {
    const typed = world.placeholder(query);
    const response = await scope.fetch(`${keyed()}&note=${typed}`, {
      method: "POST",
      headers: { "x-note": typed, "content-type": "application/json" },
      body: JSON.stringify({ note: typed }),
    });
    const echo = (await response.json()) as Echo;
    expect(echo.url).toContain(`note=${typed}`);
    expect(echo.headers["x-note"]).toBe(typed);
    expect(Buffer.from(echo.body, "base64").toString()).toBe(JSON.stringify({ note: typed }));
  });

  it("fails with a TypeError whose cause is the agent's error", async () => {
    const { pins } = world.project.apis[0] ?? { pins: [] };
    expect(pins).toHaveLength(2);
    const error = await failure(scope.fetch(keyed("&broken=1")).then((response) => response.text()));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).cause).toBeInstanceOf(AgentError);
    expect((error as TypeError).cause).toMatchObject({ code: "network_failed" });
    expect(await failure(scope.fetch(keyed(), { method: "GET", body: "x" }))).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain("VALUE-");
  });

  it("is given up before, while it is asked, and while its answer streams, with the signal's own reason", async () => {
    const reason = new Error("enough");
    expect(await failure(scope.fetch(keyed(), { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const early = new AbortController();
    const asking = failure(scope.fetch(keyed("&never=1"), { signal: early.signal }));
    setImmediate(() => early.abort(reason));
    expect(await asking).toBe(reason);
    const late = new AbortController();
    const response = await scope.fetch(keyed("&drip=1"), { signal: late.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toBe("first ");
    const rest = failure(reader.read());
    late.abort();
    expect(await rest).toMatchObject({ name: "AbortError" });
    const another = new AbortController();
    const request = new Request(keyed("&never=1"), { signal: another.signal });
    const waiting = failure(scope.fetch(request));
    setImmediate(() => another.abort());
    expect(await waiting).toMatchObject({ name: "AbortError" });
  });

  it("is given up while nobody has said whose it is, and while its own body is waited for", async () => {
    const reason = new Error("enough");
    const fresh = world.createAgent();
    const { middleman } = world.service;
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    world.service.middleman = () => {
      asked();
      return new Promise(() => {}) as never;
    };
    const waiting = nodeScope();
    protectFetch(fresh, waiting);
    const early = new AbortController();
    const asking = failure(waiting.fetch(places("/early"), { signal: early.signal }));
    await isAsked;
    early.abort(reason);
    expect(await asking).toBe(reason);
    const done = failure(waiting.fetch(places("/early"), { signal: AbortSignal.abort(reason) }));
    expect(await done).toBe(reason);
    world.service.middleman = middleman;
    fresh.stop();

    let isLeft = false;
    const stream = new ReadableStream({
      cancel() {
        isLeft = true;
      },
    });
    const controller = new AbortController();
    const init = { method: "POST", body: stream, duplex: "half", signal: controller.signal };
    const sending = failure(scope.fetch(new Request(keyed(), init)));
    setImmediate(() => controller.abort(reason));
    expect(await sending).toBe(reason);
    expect(isLeft).toBe(true);
  });

  it("takes a Request in the place of options, and one that was used where a body is given", async () => {
    const options = new Request("https://other.test/", {
      method: "PUT",
      body: "from options",
      headers: { "x-a": "1" },
    });
    const echo = (await (await scope.fetch(keyed(), options)).json()) as Echo;
    expect([echo.method, Buffer.from(echo.body, "base64").toString()]).toEqual(["PUT", "from options"]);
    expect(echo.headers).toMatchObject({ "x-a": "1", "content-type": "text/plain;charset=UTF-8" });
    const used = new Request(keyed(), { method: "PUT", body: "first" });
    await used.text();
    const second = (await (await scope.fetch(used, { body: "second" })).json()) as Echo;
    expect(Buffer.from(second.body, "base64").toString()).toBe("second");
  });

  it("rejects, and never throws, where its arguments cannot be read", async () => {
    const unreadable = Object.create(null) as string;
    expect(await failure(Promise.resolve().then(() => scope.fetch(unreadable)))).toBeInstanceOf(TypeError);
    let calls: unknown = null;
    expect(() => {
      calls = scope.fetch(unreadable);
    }).not.toThrow();
    await failure(calls as Promise<unknown>);
  });

  it("fails where its own body fails, and where it is to be checked by what only the platform knows", async () => {
    const failing = (): ReadableStream =>
      new ReadableStream({
        pull(controller) {
          controller.error(new Error("torn"));
        },
      });
    const json: Spot = { in: "json", when: "placeholder", mode: "delivered" };
    const held = `${places("/placeholder/delivered/json/x")}?${world.placeholder(json)}`;
    for (const url of [keyed(), held]) {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: failing(), duplex: "half" };
      expect(await failure(scope.fetch(url, init))).toBeInstanceOf(TypeError);
    }
    const before = world.places.arrived.length;
    expect(await failure(scope.fetch(keyed(), { integrity: "sha256-AAAA" }))).toBeInstanceOf(TypeError);
    expect(world.places.arrived).toHaveLength(before);
  });

  it("holds no more than 64 MiB where a body must be held", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(4 * 1024 * 1024));
      },
    });
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: endless, duplex: "half" };
    expect(await failure(scope.fetch(places("/placeholder/delivered/json/x"), init))).toMatchObject({
      cause: { code: "request_refused" },
    });
    expect(pulled).toBeLessThan(20);
  });

  it("closes the connection where a body is left, read or unread", async () => {
    const unread = await scope.fetch(keyed("&drip=1"));
    const first = world.places.nextLeft();
    await unread.body?.cancel();
    await first;
    const begun = await scope.fetch(keyed("&drip=1"));
    const second = world.places.nextLeft();
    const reader = (begun.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await second;
    expect((await scope.fetch(keyed())).status).toBe(200);
  });

  it("streams a long body in pieces of its own", async () => {
    let made = 0;
    const stream = new ReadableStream({
      pull(controller) {
        made += 1;
        if (made > 300) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024).fill(7));
      },
    });
    const init = { method: "POST", body: stream, duplex: "half", headers: { "content-type": "x/y" } };
    const response = await scope.fetch(keyed(), init);
    const echo = (await response.json()) as Echo;
    expect(echo.headers["transfer-encoding"]).toBe("chunked");
    expect(Buffer.from(echo.body, "base64").length).toBe(300 * 64 * 1024);
  });

  it("declares the length of Blobs and forms", async () => {
    const blob = new Blob(["x".repeat(100_000)]);
    const echo = (await (await scope.fetch(keyed(), { method: "PUT", body: blob })).json()) as Echo;
    expect(echo.headers["content-length"]).toBe("100000");
    const form = new FormData();
    form.append("file", blob, 'ä"\r\n.bin');
    form.append("line", "a\nb");
    const second = (await (await scope.fetch(keyed(), { method: "POST", body: form })).json()) as Echo;
    const body = Buffer.from(second.body, "base64");
    expect(second.headers["content-length"]).toBe(String(body.length));
    expect(body.toString()).toContain('filename="ä%22%0D%0A.bin"');
    expect(body.toString()).toContain("a\r\nb");
  });
});

describe("redirects", () => {
  beforeEach(() => void protectFetch(agent, scope));

  const redirect = (to: string, status = 302): string => keyed(`&status=${status}&redirect=${encodeURIComponent(to)}`);

  it("are followed within an origin, filled anew", async () => {
    const response = await scope.fetch(redirect(keyed("&second=1")));
    expect([response.redirected, response.url]).toEqual([true, keyed("&second=1")]);
    expect(((await response.json()) as Echo).url).toContain("VALUE-query");
  });

  it("across origins carry nothing added and nothing that names the user", async () => {
    const before = world.foreign.arrived.length;
    const to = `${world.foreign.origin}/landed?key=${world.placeholder(query)}`;
    const response = await scope.fetch(redirect(to), { headers: { authorization: "Bearer user", "x-own": "1" } });
    const echo = (await response.json()) as Echo;
    expect(response.redirected).toBe(true);
    expect(world.foreign.arrived).toHaveLength(before + 1);
    expect(echo.headers.authorization).toBeUndefined();
    expect(echo.headers["x-own"]).toBe("1");
    expect(JSON.stringify(echo)).not.toContain("VALUE-");
    const tokened = `${world.tokened.origin}/x?redirect=${encodeURIComponent(`${world.foreign.origin}/t`)}`;
    const landed = (await (await scope.fetch(tokened)).json()) as Echo;
    expect(landed.headers["x-token"]).toBeUndefined();
  });

  it.each([
    ["a Blob", () => new Blob(["body"]), "body"],
    ["text", () => "body", "body"],
    [
      "a form",
      () => {
        const form = new FormData();
        form.append("text", "body");
        return form;
      },
      "body",
    ],
  ])("send %s again where the method stays", async (_name, make, expected) => {
    const response = await scope.fetch(redirect(keyed("&second=1"), 307), { method: "POST", body: make() });
    const echo = (await response.json()) as Echo;
    expect([echo.method, Buffer.from(echo.body, "base64").toString()]).toEqual([
      "POST",
      expect.stringContaining(expected),
    ]);
  });

  it("are refused where a body that can be read once would have to be sent again, and need none after 303", async () => {
    const body = () => new Blob(["body"]).stream();
    const error = await failure(
      scope.fetch(redirect(keyed(), 307), { method: "POST", body: body(), duplex: "half" } as RequestInit),
    );
    expect(error).toMatchObject({ name: "TypeError", cause: { code: "redirect_refused" } });
    const init = { method: "POST", body: body(), duplex: "half" };
    expect(((await (await scope.fetch(redirect(keyed(), 303), init)).json()) as Echo).method).toBe("GET");
  });

  it("are given to the app or refused where it asks for that", async () => {
    const manual = await scope.fetch(redirect(keyed()), { redirect: "manual" });
    expect([manual.status, manual.headers.get("location")]).toEqual([302, keyed()]);
    const error = await failure(scope.fetch(redirect(keyed()), { redirect: "error" }));
    expect(error).toMatchObject({ name: "TypeError", cause: { code: "redirect_refused" } });
    const leak = redirect("https://evil.test/?VALUE-query-placeholder-delivered");
    const leaking = await failure(scope.fetch(leak, { redirect: "manual" }));
    expect(leaking).toMatchObject({ cause: { code: "redirect_refused" } });
  });
});

it("a fetch that Expo made keeps its mark", () => {
  const mark = Symbol.for("expo.builtin");
  const expo = Object.assign((): Promise<Response> => Promise.resolve(new Response()), { [mark]: true });
  scope.fetch = expo;
  protectFetch(agent, scope);
  expect(scope.fetch).not.toBe(expo);
  expect((scope.fetch as unknown as { [mark]: boolean })[mark]).toBe(true);
});
