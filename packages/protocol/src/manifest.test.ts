import { describe, expect, it } from "vitest";
import { manifestOf } from "../vectors/world.ts";
import { compareManifestOrder, judgeManifest, mayProceed, parseManifest, parsePlace } from "./manifest.ts";
import { toUtf8 } from "./utf8.ts";

const manifest = manifestOf();
const [nasa, bot] = manifest.apis;
const [nasaKey, botToken] = manifest.secrets;
const encode = (members: object): Uint8Array => toUtf8(JSON.stringify({ ...manifest, ...members }));
const place = { api: "nasa", methods: ["GET"], path: "/", in: "header", name: "x-key", when: "placeholder" };

describe("parseManifest", () => {
  it("reads a whole manifest", () => {
    expect(parseManifest(encode({}))).toEqual({ ok: true, value: manifest });
  });

  it.each([
    ["one pin", { apis: [{ ...nasa, pins: nasa?.pins.slice(1) }] }],
    ["one pin beside roots", { apis: [{ ...nasa, channel: "both", pins: nasa?.pins.slice(1) }] }],
    ["an API twice", { apis: [nasa, { ...bot, api: "nasa" }] }],
    ["a host and port twice", { apis: [nasa, { ...bot, host: "api.nasa.gov", port: 443 }] }],
    ["a host in upper case", { apis: [{ ...nasa, host: "API.nasa.gov" }] }],
    ["port 0", { apis: [{ ...nasa, port: 0 }] }],
    ["a secret twice", { secrets: [nasaKey, nasaKey] }],
    ["a placeholder of another name", { secrets: [{ ...nasaKey, placeholder: botToken?.placeholder }] }],
    ["a channel that is no text", { apis: [{ ...nasa, channel: 1 }] }],
    ["a place in a framing header", { secrets: [{ ...nasaKey, places: [{ ...place, name: "Content-Length" }] }] }],
    ["a segment number of 0", { secrets: [{ ...nasaKey, places: [{ ...place, in: "segment", name: "0" }] }] }],
    ["a pointer to the whole body", { secrets: [{ ...nasaKey, places: [{ ...place, in: "json", name: "" }] }] }],
    ["a broken pointer escape", { secrets: [{ ...nasaKey, places: [{ ...place, in: "json", name: "/a~2" }] }] }],
    ["no method", { secrets: [{ ...nasaKey, places: [{ ...place, methods: [] }] }] }],
    ["a path that is not absolute", { secrets: [{ ...nasaKey, places: [{ ...place, path: "planetary" }] }] }],
  ])("refuses %s", (_, members) => {
    expect(parseManifest(encode(members))).toMatchObject({ ok: false, code: "malformed" });
  });

  it("reads how a token is bound and that it counts once, and refuses other types", () => {
    const token = { header: "x-token", prefix: "", bind: [] };
    for (const more of [{}, { binding: "lines", limitedUse: false }, { binding: "concatenated", limitedUse: true }]) {
      const parsed = parseManifest(encode({ apis: [{ ...nasa, token: { ...token, ...more } }, bot] }));
      expect(parsed.ok && parsed.value.apis[0]?.token).toEqual({ ...token, ...more });
    }
    for (const more of [{ limitedUse: 1 }, { limitedUse: null }, { binding: true }, { binding: null }]) {
      const parsed = parseManifest(encode({ apis: [{ ...nasa, token: { ...token, ...more } }, bot] }));
      expect(parsed).toMatchObject({ ok: false, code: "malformed" });
    }
  });

  it("reads where a broker stands alone: an https origin, or in development this machine, in its one form", () => {
    const origin = (broker: unknown, environment = "production"): unknown => {
      const parsed = parseManifest(encode({ broker, environment }));
      return parsed.ok ? parsed.value.broker : parsed.code;
    };
    for (const good of [
      "https://broker.example",
      "https://broker.example:8401",
      "https://[::1]:8401",
      "https://10.0.0.1",
    ])
      expect(origin(good)).toBe(good);
    for (const good of ["http://localhost:8401", "http://127.0.0.1", "http://[::1]:8401"]) {
      expect([origin(good, "development"), origin(good)]).toEqual([good, "malformed"]);
    }
    for (const bad of [
      "",
      "broker.example",
      "https://broker.example/",
      "https://broker.example/b",
      "https://broker.example:443",
      "HTTPS://broker.example",
      "https://Broker.example",
      "https://a@broker.example",
      "https://broker.example?",
      "wss://a",
      "https://broker.example#",
      "https://broker.example\n",
      "http://broker.example",
      "http://localhost:80",
      1,
      null,
      [],
    ]) {
      expect([bad, origin(bad, "development")]).toEqual([bad, "malformed"]);
    }
    expect(parseManifest(encode({})).ok && "broker" in manifest).toBe(false);
  });

  it("refuses the host of an unknown channel, proof or binding, and keeps the rest in force", () => {
    const token = { header: "x-token", prefix: "", bind: [], binding: "sorted" };
    for (const change of [{ channel: "quantum", pins: [] }, { proof: "future" }, { token }]) {
      const parsed = parseManifest(encode({ apis: [{ ...nasa, ...change }, bot] }));
      expect(parsed.ok && parsed.value.apis.map((api) => api.channel)).toEqual(["unknown", "system"]);
    }
  });

  it("never fills a place with an unknown word, and keeps the others", () => {
    for (const change of [{ in: "trailer" }, { when: "sometimes" }]) {
      const places = [{ ...place, ...change }, place];
      const parsed = parseManifest(encode({ secrets: [{ ...nasaKey, places }] }));
      expect(parsed.ok && parsed.value.secrets[0]?.places).toEqual([place]);
    }
  });

  it("takes an unknown whenUnavailable for fail", () => {
    const parsed = parseManifest(encode({ apis: [{ ...nasa, whenUnavailable: "wait" }] }));
    expect(parsed.ok && parsed.value.apis[0]?.whenUnavailable).toBe("fail");
  });
});

describe("parsePlace", () => {
  it("refuses words it does not know, for whoever declares a place", () => {
    expect(parsePlace(place)).toEqual({ ok: true, value: place });
    expect(parsePlace({ ...place, in: "trailer" })).toMatchObject({ ok: false, code: "malformed" });
    expect(parsePlace({ ...place, when: "sometimes" })).toMatchObject({ ok: false, code: "malformed" });
    expect(parsePlace("header")).toMatchObject({ ok: false, code: "malformed" });
  });
});

describe("order", () => {
  it("is by epoch, then version", () => {
    const at = (epoch: number, version: number) => ({ epoch, version });
    expect(compareManifestOrder(at(1, 1), at(0, Number.MAX_SAFE_INTEGER))).toBe(1);
    expect(compareManifestOrder(at(1, 1), at(1, 2))).toBe(-1);
    expect(compareManifestOrder(at(1, 1), at(1, 1))).toBe(0);
  });

  it("refuses lower, and equal with other bytes", () => {
    const held = { epoch: 1, version: 7, signed: toUtf8("a") };
    expect(judgeManifest(null, held)).toBe("take");
    expect(judgeManifest(held, { ...held, version: 8, signed: toUtf8("b") })).toBe("take");
    expect(judgeManifest(held, { ...held, signed: toUtf8("a") })).toBe("same");
    expect(judgeManifest(held, { ...held, signed: toUtf8("b") })).toBe("refused");
    expect(judgeManifest(held, { ...held, version: 6 })).toBe("refused");
    expect(judgeManifest(held, { ...held, epoch: 0, version: 9 })).toBe("refused");
  });
});

describe("mayProceed", () => {
  it("is never true of a host that a secret may go to", () => {
    if (bot === undefined) throw new Error("no API");
    expect(mayProceed({ ...manifest, secrets: [] }, bot)).toBe(true);
    expect(mayProceed(manifest, bot)).toBe(false);
    expect(mayProceed({ ...manifest, secrets: [] }, { ...bot, whenUnavailable: "fail" })).toBe(false);
  });
});
