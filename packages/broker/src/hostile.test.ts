import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  call,
  closeBrokerLab,
  openBrokerLab,
  origin,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  sign,
  state,
} from "./broker-lab.suite.ts";
import type { Resolve } from "./resolve-peer.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const query = `api_key=${placeholder}`;
const path = `/b/${project}/photos/v1/list?${query}`;
const bytes = Buffer.from(secret);

/** How a value can be written, as an upstream may echo it. */
const forms: readonly (readonly [string, string])[] = [
  ["raw", secret],
  ["percent", encodeURIComponent(secret)],
  ["percent twice", encodeURIComponent(encodeURIComponent(secret))],
  ["percent throughout, in lower case", [...bytes].map((byte) => `%${byte.toString(16)}`).join("")],
  ["a form's field", new URLSearchParams({ k: secret }).toString().slice(2)],
  ["base64", bytes.toString("base64")],
  ["base64 of more, moved by one", Buffer.from(`:${secret}`).toString("base64")],
  ["base64 of more, moved by two", Buffer.from(`u:${secret}`).toString("base64")],
  ["base64url", bytes.toString("base64url")],
  ["base64 in lines", bytes.toString("base64").replace(/.{8}/g, "$&\r\n")],
  ["hexadecimal", bytes.toString("hex")],
  ["JSON that escapes slashes", JSON.stringify(secret).replaceAll("/", "\\/")],
  ["JSON of units", Array.from(secret, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")],
  ["HTML names", secret.replaceAll("&", "&amp;")],
  ["HTML numbers", Array.from(secret, (one) => `&#${one.charCodeAt(0)};`).join("")],
  ["UTF-16", Buffer.from(secret, "utf16le").toString("latin1")],
];
/** Six characters of the middle: what must not be seen of a form. */
const heart = (form: string): string => form.slice(Math.floor(form.length / 2) - 3, Math.floor(form.length / 2) + 3);

/** All bytes that come back for a request written by hand, as latin1. */
async function raw(target: string, lines: readonly string[] = [], more: { method?: string; tail?: string } = {}) {
  const method = more.method ?? "GET";
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const signed = Object.entries(sign({}, method, /^[!-~]*$/.test(target) ? target : path)).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`${method} ${target} HTTP/1.1`, "host: x", "connection: close", ...signed, ...lines].join("\r\n");
  socket.write(Buffer.from(`${head}\r\n\r\n${more.tail ?? ""}`, "latin1"));
  const parts: Buffer[] = [];
  try {
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
  } catch {
    // What came before the connection broke is judged.
  }
  return Buffer.concat(parts).toString("latin1");
}

function expectNothingSpent(answer: string): void {
  expect(answer).toMatch(/^(?:HTTP\/1\.1 [45]\d\d|$)/);
  expect([state.seen, state.revealed]).toEqual([[], 0]);
  for (const [, form] of forms) expect(answer).not.toContain(heart(form));
  expect(answer).not.toMatch(/localhost|ECONN|at .*\.ts/);
}

describe("a target that leads elsewhere reaches nobody", () => {
  const to = (rest: string): string => `/b/${project}/photos${rest}`;
  const targets: readonly (readonly [string, string])[] = [
    ["an absolute URL", `http://169.254.169.254${path}`],
    ["an authority of its own", `//evil.example${path}`],
    ["a user before another host", to(`@evil.example/v1/list?${query}`)],
    ["a port", to(`:22/v1/list?${query}`)],
    ["a host behind a dot", to(`.evil.example/v1/list?${query}`)],
    ["a dot segment", to(`/v1/../admin?${query}`)],
    ["an encoded dot segment", to(`/v1/%2e%2e/admin?${query}`)],
    ["a dot segment encoded twice", to(`/v1/%252e%252e/admin?${query}`)],
    ["a half-encoded dot segment", to(`/v1/.%2E/admin?${query}`)],
    ["an encoded slash behind dots", to(`/v1/..%2fadmin?${query}`)],
    ["a backslash", to(`/v1\\..\\admin?${query}`)],
    ["an encoded backslash", to(`/v1/%5c..%5cadmin?${query}`)],
    ["a line break", to(`/v1/list%0d%0ahost:%20evil?${query}`)],
    ["a NUL", to(`/v1/%00list?${query}`).replace("%00", "\u0000")],
    ["a tab", to(`/v1/li\tst?${query}`)],
    ["bytes beyond ASCII", to(`/v1/li\u00e9st?${query}`)],
    ["an overlong slash", to(`/v1\u00c0\u00af../admin?${query}`)],
    ["a fragment", to(`/v1/list?${query}#@evil.example/`)],
    ["another API of the project by dots", to(`/../stranger/v1/list?${query}`)],
    ["another project by dots", to(`/../../AAAAAAAAAAAAAAAAAAAAAA/photos/v1/list?${query}`)],
    ["an API in capitals", `/b/${project}/PHOTOS/v1/list?${query}`],
    ["an encoded API", `/b/${project}/%70hotos/v1/list?${query}`],
    ["an API that is a host", `/b/${project}/169.254.169.254/v1/list?${query}`],
    ["an API that is of every object", `/b/${project}/__proto__/v1/list?${query}`],
    ["a path beside the place", to(`/v1list?${query}`)],
    ["a path above the place", to(`/?${query}`)],
    ["the place's path in capitals", to(`/V1/list?${query}`)],
    ["a doubled slash before the path", to(`//v1/list?${query}`)],
  ];
  test.each(targets)("%s", async (_, target) => {
    expectNothingSpent(await raw(target));
    expect(state.sockets.size).toBe(0);
  });
});

describe("an API whose name leads inside is not asked", () => {
  const inside = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2001::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "not an address",
  ];
  const family = (address: string): number => (address.includes(":") ? 6 : 4);
  test.each(inside)("%s", async (address) => {
    state.allowPrivate = false;
    for (const found of [[address], ["93.184.216.34", address]]) {
      state.resolve = async () => found.map((one) => ({ address: one, family: family(one) }));
      expect((await call()).code).toBe("upstream_refused");
    }
    expect([state.seen, state.revealed, state.sockets.size]).toEqual([[], 0, 0]);
  });

  test("and a name that changes its answer is asked once, and reached where it was judged", async () => {
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked += 1;
      return [{ address: asked % 2 === 1 ? "127.0.0.1" : "169.254.169.254", family: 4 }];
    };
    state.resolve = rebinding;
    expect([(await call()).status, asked]).toEqual([200, 1]);
    expect([(await call()).code, asked]).toEqual(["upstream_refused", 2]);
    expect([state.seen.length, state.revealed]).toEqual([1, 1]);
  });
});

describe("a request that two servers could read differently reaches nobody", () => {
  const body = "4\r\ntest\r\n0\r\n\r\n";
  const smuggled: readonly (readonly [string, readonly string[], string])[] = [
    ["a length and chunks", ["content-length: 4", "transfer-encoding: chunked"], body],
    ["chunks that are not the last coding", ["transfer-encoding: chunked, gzip"], body],
    ["chunks in an unknown spelling", ["transfer-encoding: xchunked"], body],
    ["two lengths", ["content-length: 4", "content-length: 5"], "test!"],
    ["a length that is none", ["content-length: +4"], "test"],
    ["a negative length", ["content-length: -1"], "test"],
    ["a blank before the colon", ["content-length : 4"], "test"],
    ["a folded header", ["x-a: 1", " transfer-encoding: chunked"], body],
    ["a bare line feed", ["x-a: 1\nhost: evil.example"], ""],
    ["a NUL in a header", ["x-a: 1\u00002"], ""],
    ["a chunk that is too long a number", ["transfer-encoding: chunked"], "fffffffffffffffff\r\ntest\r\n0\r\n\r\n"],
    ["a body that no MAC covers", ["content-length: 4"], "test"],
    ["a second pass", ["countersign-pass: good-pass"], ""],
    ["a second signature", ["signature: countersign=:AAAA:"], ""],
  ];
  test.each(smuggled)("%s", async (_, lines, tail) => {
    expectNothingSpent(await raw(path, lines, { method: "POST", tail }));
  });
});

describe("a header that would change what the upstream hears does not reach it", () => {
  const headers: readonly (readonly [string, string])[] = [
    ["host", "evil.example"],
    ["x-forwarded-host", "evil.example"],
    ["x-forwarded-for", "127.0.0.1"],
    ["forwarded", "for=127.0.0.1;host=evil.example"],
    ["x-original-url", "/admin"],
    ["x-rewrite-url", "/admin"],
    ["x_original_url", "/admin"],
    ["x-http-method-override", "DELETE"],
    ["X_HTTP_Method_Override", "DELETE"],
    ["x-host", "evil.example"],
    ["via", "1.1 evil"],
    ["te", "trailers"],
    ["trailer", "x-key"],
    ["upgrade", "websocket"],
    ["http2-settings", "AAAA"],
    ["proxy-authorization", "Basic AAAA"],
    ["proxy-connection", "keep-alive"],
    ["cookie", "sid=of-the-broker"],
    ["range", "bytes=3-9"],
    ["accept-encoding", "gzip"],
  ];
  test.each(headers)("%s", async (name, value) => {
    expect(await raw(path, [`${name}: ${value}`])).toMatch(/^HTTP\/1\.1 200/);
    const [seen] = state.seen;
    expect(seen?.headers[name.toLowerCase()]).not.toBe(value);
    expect([seen?.method, seen?.target.split("?")[0]]).toEqual(["GET", "/v1/list"]);
  });

  test("nor does one that `Connection` takes away on the way, with its secret", async () => {
    expectNothingSpent(await raw(`/b/${project}/photos/v1/list`, ["connection: x-key", `x-key: ${placeholder}`]));
  });
});

describe("a redirect is not followed, and says nothing of a value or of another host", () => {
  const locations: readonly string[] = [
    "http://169.254.169.254/latest/meta-data/",
    "https://evil.example/",
    "//evil.example/",
    "\\\\evil.example/",
    "http://localhost/",
    "https://localhost:1/",
    "https://user:pass@localhost/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "javascript:alert(1)",
    `https://evil.example/?k=${encodeURIComponent(secret)}`,
    `/v1/next?k=${encodeURIComponent(secret)}`,
    `/v1/${bytes.toString("base64url")}`,
    `/v1/next#${encodeURIComponent(encodeURIComponent(secret))}`,
  ];
  test.each(locations)("%s", async (location) => {
    for (const status of [301, 302, 303, 307, 308, 201]) {
      state.seen = [];
      state.answer = (_request, response) =>
        void response.writeHead(status, { location, refresh: `0;url=${location}` }).end();
      const answer = await raw(path);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
      expect(answer).not.toMatch(/evil|169\.254|^location|^refresh|passwd|gopher|javascript/im);
      for (const [, form] of forms) expect(answer).not.toContain(heart(form));
      expect(state.seen.length).toBe(1);
    }
  });
});

describe("an answer in a coding is not sent on", () => {
  const echo = Buffer.from(`key=${secret};`.repeat(20));
  const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024));
  const codings: readonly (readonly [string, Record<string, string>, Buffer])[] = [
    ["gzip", { "content-encoding": "gzip" }, gzipSync(echo)],
    ["gzip in capitals", { "content-encoding": "GZIP" }, gzipSync(echo)],
    ["x-gzip", { "content-encoding": "x-gzip" }, gzipSync(echo)],
    ["deflate", { "content-encoding": "deflate" }, deflateSync(echo)],
    ["raw deflate", { "content-encoding": "deflate" }, deflateRawSync(echo)],
    ["brotli", { "content-encoding": "br" }, brotliCompressSync(echo)],
    ["zstd", { "content-encoding": "zstd" }, zstdCompressSync(echo)],
    ["two codings", { "content-encoding": "identity, gzip" }, gzipSync(echo)],
    ["an unknown coding", { "content-encoding": "rot13" }, echo],
    ["a bomb", { "content-encoding": "gzip" }, bomb],
    ["a bomb of two layers", { "content-encoding": "gzip, gzip" }, gzipSync(bomb)],
    ["a coding of the transfer", { "transfer-encoding": "gzip, chunked" }, gzipSync(echo)],
  ];
  test.each(codings)("%s", async (_, headers, body) => {
    state.answer = (_request, response) => {
      response.on("error", () => {});
      response.writeHead(200, headers).end(body);
    };
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1\.1 502.*"upstream_refused"/s);
    expect(answer.length).toBeLessThan(1000);
  });
});

describe("an answer without a body", () => {
  test("says no length, which a front end might wait for in the next caller's answer", async () => {
    state.answer = (_request, response) =>
      void response.socket?.end("HTTP/1.1 204 No Content\r\ncontent-length: 200\r\n\r\n");
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1\.1 204/);
    expect(answer).not.toMatch(/^content-length/im);
  });
});

describe("an echo of the value does not come back", () => {
  const echoes: readonly (readonly [string, (form: string, response: ServerResponse) => void])[] = [
    ["in a body", (form, response) => void response.end(Buffer.from(`<${form}>`, "latin1"))],
    [
      "in a body cut into bytes",
      (form, response) => {
        for (const byte of Buffer.from(`<${form}>`, "latin1")) response.write(Buffer.of(byte));
        response.end();
      },
    ],
    [
      "in the page of a failure",
      (form, response) => void response.writeHead(500).end(Buffer.from(`no ${form}`, "latin1")),
    ],
    [
      "in an event stream",
      (form, response) =>
        void response
          .writeHead(200, { "content-type": "text/event-stream" })
          .end(Buffer.from(`data: ${form}\n\n`, "latin1")),
    ],
  ];
  const cases = echoes.flatMap(([where, echo]) => forms.map(([how, form]) => [where, how, form, echo] as const));
  test.each(cases)("%s: %s", async (_where, _how, form, echo) => {
    state.answer = (_request, response) => echo(form, response);
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1\.1 [25]00/);
    expect(answer).not.toContain(heart(form));
    expect(answer).toContain("****");
  });

  const inHeaders: readonly (readonly [string, (form: string) => Record<string, string>])[] = [
    ["a header", (form) => ({ "x-echo": form })],
    ["the place of a file's name", (form) => ({ "content-disposition": `attachment; filename="${form}"` })],
    ["a challenge", (form) => ({ "www-authenticate": `Basic realm="${form}"` })],
    ["a cookie", (form) => ({ "set-cookie": `k=${form}` })],
    ["a link", (form) => ({ link: `<https://localhost/${form}>; rel=next` })],
    ["a policy", (form) => ({ "content-security-policy": `default-src https://a.example/${form}` })],
    ["an entity tag", (form) => ({ etag: `"${form}"` })],
  ];
  const plain = forms.filter(([, form]) => /^[ -~]*$/.test(form));
  test.each(inHeaders.flatMap(([where, headers]) => plain.map(([how, form]) => [where, how, form, headers] as const)))(
    "in %s: %s",
    async (_where, _how, form, headers) => {
      state.answer = (_request, response) => void response.writeHead(200, headers(form)).end("ok");
      const answer = await raw(path);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
      expect(answer).not.toContain(heart(form));
    },
  );

  test("in the words beside the status, a trailer, or what is said before the answer", async () => {
    state.answer = (_request, response) => {
      response.writeEarlyHints({
        link: `</${encodeURIComponent(secret)}>; rel=preload`,
        "x-early": bytes.toString("hex"),
      });
      response.writeHead(200, `OK ${secret}`, { trailer: "x-late" });
      response.write("ok");
      response.addTrailers({ "x-late": secret });
      response.end();
    };
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK \*+\r\n/);
    for (const [, form] of forms) expect(answer).not.toContain(heart(form));
  });

  const accented = "s\u00e9cr\u00e9t-v\u00e4lue-4711";
  const accentedForms = [
    ["UTF-8", Buffer.from(accented).toString("latin1")],
    ["ISO 8859-1", accented],
    ["ISO 8859-1, percent-encoded", accented.replace(/[^ -~]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)],
  ] as const;
  test.each(accentedForms)("where the value is not ASCII, in body, header or redirect: as %s", async (_, form) => {
    state.value = accented;
    state.answer = (_request, response) => {
      response.writeHead(302, { location: `/v1/next?k=${form}`, "x-echo": form });
      response.end(Buffer.from(form, "latin1"));
    };
    const answer = await raw(path);
    expect(answer).toMatch(/^HTTP\/1\.1 302/);
    expect(answer).not.toMatch(/lue-4711|^location/im);
  });
});
