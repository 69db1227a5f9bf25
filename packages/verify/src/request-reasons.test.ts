import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { secretKeys } from "./keys/secret-keys.ts";
import {
  claimsOf,
  decoySecret,
  header,
  issuer,
  macJws,
  nowMs,
  ports,
  reasonOf,
  secret,
  tokenOf,
  viewOf,
} from "./minting.suite.ts";
import { openVerifier } from "./open-verifier.ts";
import type { RequestView } from "./request-view.ts";
import type { ConsumeResult, ServiceClient, TrafficReport } from "./service/service-port.ts";
import type { Verification } from "./verification.ts";
import type { VerifierOptions } from "./verifier-options.ts";

type Lines = readonly (readonly [string, string])[];

/** A service that answers as told and keeps what it was asked. */
function serviceOf(answer: () => Promise<ConsumeResult>) {
  const consumed: string[] = [];
  const reports: TrafficReport[] = [];
  const service: ServiceClient = {
    consume: (token) => {
      consumed.push(token);
      return answer();
    },
    report: async (report) => {
      reports.push(report);
      return true;
    },
  };
  return { service, consumed, reports };
}

const paid = (text: string, encoding: "base64" | "base64url" = "base64url"): string =>
  createHash("sha256").update(text, "latin1").digest(encoding);

describe.each(ports)("a request over %s", (_, port) => {
  const open = (other: Partial<VerifierOptions> = {}) =>
    openVerifier(port, { issuer, audience: "nasa", keys: secretKeys([{ secret }]), nowMs: () => nowMs, ...other });
  const verify = (headers: Lines, other: Partial<VerifierOptions> = {}): Promise<Verification> =>
    open(other).verify(viewOf(headers));
  const reason = async (headers: Lines, other: Partial<VerifierOptions> = {}): Promise<string> =>
    reasonOf(await verify(headers, other));
  const sent = (changes: Readonly<Record<string, unknown>> = {}): readonly [string, string] => [
    "Countersign-Token",
    tokenOf(changes),
  ];

  it("with a token in the profile's header, or in the operator's, passes", async () => {
    expect(await reason([sent()])).toBe("ok");
    expect(await reason([["COUNTERSIGN-TOKEN", ` ${tokenOf()}\t`]])).toBe("ok");
    expect(
      await reason([["Authorization", `Bearer ${tokenOf()}`]], { header: "Authorization", prefix: "Bearer " }),
    ).toBe("ok");
    expect(
      await reason([["authorization", `bearer ${tokenOf()}`]], { header: "Authorization", prefix: "Bearer " }),
    ).toBe("ok");
    expect(
      await reason([["Authorization", `Basic ${tokenOf()}`]], { header: "Authorization", prefix: "Bearer " }),
    ).toBe("token_malformed");
    // As long as the prefix, so that what is behind it is the token.
    expect(
      await reason([["Authorization", `Digest ${tokenOf()}`]], { header: "Authorization", prefix: "Bearer " }),
    ).toBe("token_malformed");
    const request = new Request("https://api.example.com/x", { headers: { "Countersign-Token": tokenOf() } });
    expect(reasonOf(await open().verifyRequest(request))).toBe("ok");
  });

  it("without a token is of unknown origin, or an outdated app where it shows the mark", async () => {
    const appMarker = { header: "User-Agent", pattern: /^AstroPiks\// };
    const missing = { ok: false, reason: "token_missing" };
    expect(await verify([])).toEqual({ ...missing, bucket: "unknown_origin" });
    expect(await verify([["Countersign-Token", ""]])).toEqual({ ...missing, bucket: "unknown_origin" });
    expect(await verify([["User-Agent", "curl"]], { appMarker })).toEqual({ ...missing, bucket: "unknown_origin" });
    expect(await verify([["user-agent", "AstroPiks/3"]], { appMarker })).toEqual({ ...missing, bucket: "outdated" });
    const global = { header: "User-Agent", pattern: /AstroPiks/g };
    const verifier = open({ appMarker: global });
    for (let time = 0; time < 3; time += 1)
      expect((await verifier.verify(viewOf([["User-Agent", "AstroPiks/3"]]))).bucket).toBe("outdated");
  });

  it("with two tokens is refused, on two lines or joined by a comma", async () => {
    expect(await reason([sent(), sent()])).toBe("token_duplicated");
    expect(await reason([["Countersign-Token", `${tokenOf()}, ${tokenOf()}`]])).toBe("token_duplicated");
  });

  it("is bound to the lines of its headers, in order", async () => {
    const bind = ["Authorization", "X-Device"];
    const pay = paid("Bearer abc\ndevice");
    const lines: Lines = [
      ["authorization", "Bearer abc"],
      ["x-device", "device"],
    ];
    expect(await reason([sent({ pay }), ...lines], { bind })).toBe("ok");
    expect(await reason([sent({ pay }), ...lines], { bind: bind.toReversed() })).toBe("binding_wrong");
    expect(await reason([sent({ pay }), ["authorization", "Bearer abd"], ["x-device", "device"]], { bind })).toBe(
      "binding_wrong",
    );
    expect(await reason([sent({ pay }), ["authorization", "Bearer abcdevice"]], { bind })).toBe("binding_wrong");
    expect(await reason([sent({ pay }), ...lines, ["x-device", "device"]], { bind })).toBe("binding_wrong");
    expect(await reason([sent({ pay: paid("Bearer abc\n") }), ["authorization", "Bearer abc"]], { bind })).toBe("ok");
    expect(await reason([sent({ pay: paid("Bearer abc\ndevice", "base64") }), ...lines], { bind })).toBe(
      "binding_wrong",
    );
    expect(await reason([sent({ pay }), ["authorization", "\u0142"], ["x-device", "device"]], { bind })).toBe(
      "binding_wrong",
    );
    expect(await reason([sent({ pay: paid("\u00e9\n") }), ["authorization", "\u00e9"]], { bind })).toBe("ok");
  });

  it("with a token that is bound to nothing is refused, unless that is allowed", async () => {
    const bind = ["Authorization"];
    const line = ["Authorization", "Bearer abc"] as const;
    expect(await reason([sent(), line], { bind })).toBe("binding_missing");
    expect(await reason([sent(), line], { bind, bindOptional: true })).toBe("ok");
    expect(await reason([sent({ pay: paid("x") })], { bind })).toBe("binding_missing");
    expect(await reason([sent({ pay: paid("x") })], { bind, bindOptional: true })).toBe("binding_missing");
    expect(await reason([sent({ pay: paid("x") }), line], { bind, bindOptional: true })).toBe("binding_wrong");
  });

  it("of the approov profile is bound to its trimmed headers put together, in base64", async () => {
    const options: Partial<VerifierOptions> = { profile: "approov", bind: ["Authorization", "X-Device"] };
    const token = (pay: string) => ["Approov-Token", tokenOf({ pay })] as const;
    const lines: Lines = [
      ["Authorization", " Bearer abc "],
      ["X-Device", "device"],
    ];
    expect(await reason([token(paid("Bearer abcdevice", "base64")), ...lines], options)).toBe("ok");
    expect(await reason([token(paid("Bearer abcdevice")), ...lines], options)).toBe("binding_wrong");
    expect(await reason([token(paid("Bearer abc\ndevice", "base64")), ...lines], options)).toBe("binding_wrong");
  });

  it("with a limited token has it used up, and passes once on every node", async () => {
    const spent = new Set<string>();
    const { service, consumed } = serviceOf(async () => {
      const token = consumed.at(-1) ?? "";
      const alreadyConsumed = spent.has(token);
      spent.add(token);
      return { ok: true, alreadyConsumed };
    });
    const limited = sent({ use: "limited" });
    const first = await verify([limited], { service });
    expect(first.ok && first.token.use).toBe("limited");
    expect(await verify([limited], { service })).toEqual({ ok: false, bucket: "reused", reason: "token_consumed" });
    expect(consumed).toEqual([limited[1], limited[1]]);
    await verify([sent()], { service });
    expect(consumed.length).toBe(2);
  });

  it("with a limited token is refused where the service does not say yes", async () => {
    const limited = sent({ use: "limited" });
    const banned = serviceOf(async () => ({ ok: false, reason: "token_banned" }));
    const away = serviceOf(async () => ({ ok: false, reason: "consume_unavailable" }));
    const failing = serviceOf(() => Promise.reject(new Error("down")));
    expect(await reason([limited], { service: banned.service })).toBe("token_banned");
    expect(await reason([limited], { service: away.service })).toBe("consume_unavailable");
    expect(await reason([limited], { service: failing.service })).toBe("consume_unavailable");
    expect(await reason([limited])).toBe("use_refused");
  });

  it("that is refused for anything else uses nothing up", async () => {
    const { service, consumed } = serviceOf(async () => ({ ok: true, alreadyConsumed: false }));
    await verify([sent({ use: "limited", aud: "esa" })], { service });
    await verify([sent({ use: "limited" })], { service, bind: ["Authorization"] });
    await verify([sent({ use: "limited", cnf: { jkt: "x" } })], { service });
    expect(consumed).toEqual([]);
  });

  it("that cannot be read is refused, and nothing is thrown", async () => {
    const headers: Lines = [sent()];
    const bad: unknown[] = [
      null,
      undefined,
      {},
      { method: "", url: "/", headers },
      { method: "G T", url: "/", headers },
      { method: "GET", url: null, headers },
      { method: "GET", url: "/", headers: null },
      { method: "GET", url: "/", headers: [null] },
      { method: "GET", url: "/", headers: [["countersign-token", null]] },
    ];
    const malformed = { ok: false, bucket: "invalid", reason: "request_malformed" };
    for (const view of bad) expect(await open().verify(view as RequestView)).toEqual(malformed);
    expect(await open().verifyRequest(null as unknown as Request)).toEqual(malformed);
    expect(reasonOf(await open().verifyToken(null as unknown as string))).toBe("token_malformed");
  });

  it("is told to the operator's hook, whose errors stay there", async () => {
    const seen: string[] = [];
    const verifier = open({
      onVerification: (verification) => {
        seen.push(verification.bucket);
        throw new Error("hook");
      },
    });
    expect((await verifier.verify(viewOf([sent()]))).ok).toBe(true);
    await verifier.verify(viewOf([]));
    expect(seen).toEqual(["verified", "unknown_origin"]);
    // An unhandled rejection would end the process, and this test.
    const later = open({ onVerification: async () => Promise.reject(new Error("hook")) });
    expect((await later.verify(viewOf([sent()]))).ok).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("has spaces and tabs cut off its values, and nothing else that looks like space", async () => {
    expect(await reason([["Countersign-Token", `${tokenOf()}\u00a0`]])).toBe("token_malformed");
    const bind = ["Authorization"];
    const bound = sent({ pay: paid("Bearer a") });
    expect(await reason([bound, ["Authorization", " \tBearer a\t "]], { bind })).toBe("ok");
    expect(await reason([bound, ["Authorization", "Bearer a\u00a0"]], { bind })).toBe("binding_wrong");
    expect(await reason([bound, ["Authorization", " \t "]], { bind })).toBe("binding_wrong");
  });

  it("is counted in its bucket and reported when the verifier closes", async () => {
    const { service, reports } = serviceOf(async () => ({ ok: true, alreadyConsumed: true }));
    const verifier = open({
      service,
      decoyKeys: [{ secret: decoySecret }],
      appMarker: { header: "User-Agent", pattern: /^A/ },
    });
    const decoy = ["Countersign-Token", macJws(header, claimsOf(), decoySecret)] as const;
    const requests: Lines[] = [[sent()], [sent()], [], [["User-Agent", "A"]], [decoy], [sent({ use: "limited" })]];
    for (const lines of requests) await verifier.verify(viewOf(lines));
    await verifier.close();
    expect(reports.map(({ nonce, ...report }) => [report, nonce.length > 15])).toEqual([
      [
        {
          counts: { verified: 2, outdated: 1, unknownOrigin: 1, invalid: 1, reused: 1, decoys: 1 },
          reasons: { token_missing: 2, decoy: 1, token_consumed: 1 },
          fromMs: nowMs,
          toMs: nowMs,
        },
        true,
      ],
    ]);
  });

  it("shows neither token nor credential in what is returned", async () => {
    const verification = await verify([sent()]);
    const [, , signature = ""] = tokenOf().split(".");
    expect(JSON.stringify(verification)).not.toContain(signature);
  });
});

describe("options that cannot be meant", () => {
  const [[, port]] = ports;
  const good: VerifierOptions = { issuer, audience: "nasa", keys: secretKeys([{ secret }]) };
  const bad: readonly (readonly [string, Partial<VerifierOptions>])[] = [
    ["an empty issuer", { issuer: "" }],
    ["an empty audience", { audience: "" }],
    ["no audience", { audience: [] }],
    ["an unknown profile", { profile: "other" as never }],
    ["a header that is none", { header: "a b" }],
    ["a bound header that is none", { bind: ["a:b"] }],
    ["a proof without origin", { proof: "dpop" }],
    ["an unknown proof", { proof: "other" as never }],
    ["an origin with a path", { proof: "dpop", origin: "https://api.example.com/v1" }],
    ["a plain origin", { proof: "httpsig", origin: "http://api.example.com" }],
    ["a negative tolerance", { clockToleranceSeconds: -1 }],
    ["a tolerance of an hour", { clockToleranceSeconds: 3600 }],
    ["no number as tolerance", { clockToleranceSeconds: Number.NaN }],
    ["a lifetime of a month", { maxLifetimeSeconds: 31 * 86400 }],
    [
      "a short nonce key",
      { proof: "dpop", origin: "https://a.example", dpopNonce: { key: new Uint8Array(16), lifetimeSeconds: 60 } },
    ],
    [
      "a nonce for a day",
      { proof: "dpop", origin: "https://a.example", dpopNonce: { key: new Uint8Array(32), lifetimeSeconds: 86400 } },
    ],
    ["a short decoy key", { decoyKeys: [{ secret: new Uint8Array(31) }] }],
  ];

  it.each(bad)("are a TypeError: %s", (_, options) => {
    expect(() => openVerifier(port, { ...good, ...options })).toThrow(TypeError);
  });
});
