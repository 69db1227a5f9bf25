import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manifestOf } from "../vectors/world.ts";
import type { Manifest, Place } from "./manifest-types.ts";
import { fillRequest, matchRequest, type UnfilledRequest } from "./substitution.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

const base = manifestOf();
const [nasaKey] = base.secrets;
if (nasaKey === undefined) throw new Error("the manifest has secrets");
const { placeholder } = nasaKey;
const secret = "s3cr3t-c4n4ry";
const apod = "https://api.nasa.gov/planetary/apod";

function manifestWith(...places: readonly (Partial<Place> & Pick<Place, "in" | "name">)[]): Manifest {
  const whole = places.map((place) => ({
    api: "nasa",
    methods: ["GET", "POST"],
    path: "/",
    when: "placeholder" as const,
    ...place,
  }));
  return { ...base, secrets: [{ name: "nasa-key", placeholder, places: whole }] };
}

function fill(
  manifest: Manifest,
  request: Partial<Omit<UnfilledRequest, "body">> & { body?: string },
  value: string | null = secret,
) {
  const { body, ...rest } = request;
  const bytes = body === undefined ? null : toUtf8(body);
  return fillRequest({ url: apod, method: "POST", headers: [], ...rest, body: bytes, manifest, secretOf: () => value });
}

const json = [["content-type", "application/json"]] as const;
const form = [["content-type", "application/x-www-form-urlencoded"]] as const;

describe("fillRequest", () => {
  it("fills the declared place and shows the unfilled text", () => {
    const filled = fill(manifestWith({ in: "query", name: "api_key" }), { url: `${apod}?x=1&api_key=${placeholder}` });
    expect(filled).toMatchObject({
      kind: "filled",
      api: { api: "nasa" },
      shownUrl: `${apod}?x=1&api_key=${placeholder}`,
      url: { text: `${apod}?x=1&api_key=${secret}` },
      used: [{ name: "nasa-key" }],
      unfilled: [],
    });
  });

  it("never fills a placeholder that a user typed anywhere else", () => {
    const manifest = manifestWith(
      { in: "query", name: "api_key" },
      { in: "json", name: "/key" },
      { in: "form", name: "key" },
    );
    const typed = [
      { url: `${apod}?q=${placeholder}` },
      { url: `${apod}?api_key=${placeholder}%20` },
      { url: `https://api.nasa.gov/${placeholder}` },
      { headers: [["x-note", placeholder]] as const },
      { headers: json, body: JSON.stringify({ note: placeholder, key: "mine" }) },
      { headers: json, body: JSON.stringify({ key: `${placeholder} ` }) },
      { headers: json, body: JSON.stringify({ key: { key: placeholder } }) },
      { headers: json, body: JSON.stringify([placeholder]) },
      { headers: form, body: `note=${placeholder}` },
      { headers: form, body: `key=${placeholder}&key=${placeholder}` },
      { headers: [["content-type", "text/plain"]] as const, body: `key=${placeholder}` },
      { headers: [...form, ...form], body: `key=${placeholder}` },
      { headers: [["content-type", "multipart/form-data; boundary=b"]] as const, body: `--b\r\n\r\n${placeholder}` },
      { body: `key=${placeholder}` },
    ];
    for (const request of typed) {
      const filled = fill(manifest, request);
      expect(JSON.stringify(filled), JSON.stringify(request)).not.toContain(secret);
      expect(filled).toMatchObject({ kind: "filled", used: [], unfilled: ["nasa-key"] });
      if (filled.kind === "filled" && filled.body !== null) expect(fromUtf8(filled.body)).toBe(request.body);
    }
  });

  it("leaves other hosts alone and reports the placeholder", () => {
    const manifest = manifestWith({ in: "query", name: "api_key" });
    expect(fill(manifest, { url: `https://evil.example/?api_key=${placeholder}` })).toEqual({
      kind: "unchanged",
      unfilled: ["nasa-key"],
    });
  });

  it("refuses the whole request where a matching place has no value", () => {
    const manifest = manifestWith({ in: "query", name: "api_key" });
    expect(fill(manifest, { url: `${apod}?api_key=${placeholder}` }, null)).toEqual({
      kind: "refused",
      code: "secret_unavailable",
      secret: "nasa-key",
    });
  });

  it.each([
    ["header", "x-key", "a\r\nb"],
    ["header", "x-key", "a\0b"],
    ["header", "x-key", " a"],
    ["header", "x-key", "ä"],
    ["header", "x-key", ""],
    ["query", "key", "\ud800"],
    ["json", "/key", "\udc00"],
  ] as const)("refuses a value that does not fit a %s", (where, name, value) => {
    const requests = {
      header: { headers: [["x-key", placeholder]] as const },
      query: { url: `${apod}?key=${placeholder}` },
      json: { headers: json, body: JSON.stringify({ key: placeholder }) },
    };
    expect(fill(manifestWith({ in: where, name }), requests[where], value)).toMatchObject({
      kind: "refused",
      code: "secret_unfit",
    });
  });

  it.each(["a/b", "..", ".", "%2e%2e", "a\\b", "", "a\nb", "..;x", "a\u2215..\u2215b", "a%00"])(
    "refuses %j in a segment",
    (value) => {
      const filled = fill(
        manifestWith({ in: "segment", name: "1" }),
        { url: `https://api.nasa.gov/${placeholder}/x` },
        value,
      );
      expect(filled).toMatchObject({ kind: "refused", code: "secret_unfit" });
    },
  );

  it("puts a value of any script into a segment, parameters and all", () => {
    const filled = fill(
      manifestWith({ in: "segment", name: "1" }),
      { url: `https://api.nasa.gov/${placeholder}/x` },
      "ü;v=1..2 %",
    );
    expect(filled).toMatchObject({ kind: "filled", url: { path: "/%C3%BC%3Bv%3D1..2%20%25/x" } });
  });

  it("keeps everything of a JSON body but the value as it was written", () => {
    const body = `{ "big": 12345678901234567890, "list":[1,{"key" : "${placeholder}"}],\n"\\u00e4": 1.0}`;
    const filled = fill(manifestWith({ in: "json", name: "/list/1/key" }), { headers: json, body }, 'q"\n');
    expect(filled.kind === "filled" && filled.body !== null && fromUtf8(filled.body)).toBe(
      body.replace(`"${placeholder}"`, '"q\\"\\n"'),
    );
  });

  it("puts an always-secret where any value or none stands", () => {
    const always = (...places: readonly Pick<Place, "in" | "name">[]) =>
      manifestWith(...places.map((place) => ({ ...place, when: "always" as const })));
    const json2 = fill(always({ in: "json", name: "/a" }, { in: "json", name: "/b" }), { headers: json, body: "{}" });
    expect(json2.kind === "filled" && json2.body !== null && JSON.parse(fromUtf8(json2.body) ?? "")).toEqual({
      a: secret,
      b: secret,
    });
    expect(fill(always({ in: "header", name: "X-Key" }), { headers: [["x-key", "old"]] })).toMatchObject({
      headers: [["x-key", secret]],
    });
    expect(fill(always({ in: "query", name: "k" }), { url: `${apod}?k` })).toMatchObject({
      url: { text: `${apod}?k=${secret}` },
    });
    expect(fill(always({ in: "basic", name: "password" }), {})).toMatchObject({
      headers: [["authorization", `Basic ${Buffer.from(`:${secret}`).toString("base64")}`]],
    });
    expect(fill(always({ in: "form", name: "k" }), {})).toMatchObject({ kind: "filled", used: [] });
  });

  it("fills both halves of basic credentials, and never a header twice", () => {
    const pair = Buffer.from(`${placeholder}:${placeholder}`).toString("base64");
    const headers = [["authorization", `Basic ${pair}`]] as const;
    const both = fill(manifestWith({ in: "basic", name: "username" }, { in: "basic", name: "password" }), { headers });
    expect(both).toMatchObject({
      headers: [["authorization", `Basic ${Buffer.from(`${secret}:${secret}`).toString("base64")}`]],
    });
    const clash = manifestWith(
      { in: "basic", name: "password" },
      { in: "header", name: "authorization", when: "always" },
    );
    expect(fill(clash, { headers })).toMatchObject({
      headers: [["authorization", `Basic ${Buffer.from(`${placeholder}:${secret}`).toString("base64")}`]],
    });
    expect(fill(manifestWith({ in: "basic", name: "username" }), { headers }, "a:b")).toMatchObject({
      code: "secret_unfit",
    });
  });

  it("drops a stated length where the body changed", () => {
    const headers = [...form, ["Content-Length", "3"]] as const;
    const manifest = manifestWith({ in: "form", name: "key" });
    expect(fill(manifest, { headers, body: `key=${placeholder}` })).toMatchObject({ headers: form });
    expect(fill(manifest, { headers, body: "key=other" })).toMatchObject({ headers });
  });

  it("never looks for a placeholder inside a value it has filled in", () => {
    const [, other] = base.secrets;
    if (other === undefined) throw new Error("the manifest has two secrets");
    const manifest: Manifest = {
      ...base,
      secrets: [
        {
          name: "nasa-key",
          placeholder,
          places: [{ api: "nasa", methods: ["GET"], path: "/", in: "query", name: "a", when: "placeholder" }],
        },
        {
          ...other,
          places: [{ api: "nasa", methods: ["GET"], path: "/", in: "query", name: "a", when: "placeholder" }],
        },
      ],
    };
    const secretOf = (name: string): string => (name === "nasa-key" ? other.placeholder : secret);
    const filled = fillRequest({
      url: `${apod}?a=${placeholder}`,
      method: "GET",
      headers: [],
      body: null,
      manifest,
      secretOf,
    });
    expect(JSON.stringify(filled)).not.toContain(secret);
  });

  it("sends a secret nowhere but to its host and place, whatever the request", () => {
    const piece = fc.constantFrom(
      placeholder,
      "https://",
      "api.nasa.gov",
      "evil.example",
      "/",
      "?",
      "&",
      "api_key=",
      "#",
      "@",
      ":",
      "%",
      "x",
      "..",
    );
    const manifest = manifestWith({ in: "query", name: "api_key", path: "/planetary" });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), fc.array(piece, { maxLength: 3 }), (url, header) => {
        const headers = [["x-note", header.join("")]] as const;
        const filled = fill(manifest, { url: `https://${url.join("")}`, headers, body: header.join("") });
        if (filled.kind !== "filled" || filled.used.length === 0) {
          expect(JSON.stringify(filled)).not.toContain(secret);
          return;
        }
        expect(filled.url.host).toBe("api.nasa.gov");
        expect(filled.url.query?.split("&").filter((part) => part === `api_key=${secret}`)).toHaveLength(1);
        expect(JSON.stringify([filled.headers, filled.shownUrl])).not.toContain(secret);
      }),
      { numRuns: 5000 },
    );
  });

  it("never throws on hostile bodies and headers", () => {
    const manifest = manifestWith(
      { in: "json", name: "/a/b" },
      { in: "form", name: "a" },
      { in: "basic", name: "password" },
      { in: "segment", name: "2" },
    );
    const type = fc.constantFrom(
      "application/json",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-8",
      "x",
    );
    fc.assert(
      fc.property(type, fc.uint8Array(), fc.string({ unit: "binary" }), (contentType, body, header) => {
        const headers = [
          ["content-type", contentType],
          ["authorization", header],
        ] as const;
        fillRequest({ url: apod, method: "POST", headers, body, manifest, secretOf: () => secret });
      }),
    );
  });
});

describe("matchRequest", () => {
  it("names the secrets a request demands without any value", () => {
    const manifest = manifestWith({ in: "query", name: "api_key" });
    const request = { method: "GET", headers: [], body: null, manifest };
    expect(matchRequest({ ...request, url: `${apod}?api_key=${placeholder}` })).toMatchObject({
      kind: "matched",
      demanded: ["nasa-key"],
    });
    expect(matchRequest({ ...request, url: apod })).toMatchObject({ kind: "matched", demanded: [] });
    expect(matchRequest({ ...request, url: "https://evil.example/" })).toEqual({ kind: "unchanged", unfilled: [] });
    expect(matchRequest({ ...request, url: "http://api.nasa.gov/" })).toEqual({
      kind: "refused",
      code: "url_refused",
      secret: null,
    });
  });
});
