import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { RawInstance, VirtualDevice } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordStore, Secret } from "../../domain/ports/index.ts";
import { openVerifierLab, type VerifierLab } from "./verifier-lab.suite.ts";

const value = "upstream-key-7Kq2-of-the-operator";
const place = { api: "plain", methods: ["GET"], path: "/", in: "query", name: "key", when: "placeholder" } as const;

let backend: VerifierLab;
let gateway: string;
let device: VirtualDevice;
let instance: RawInstance;

const admin = () => backend.lab.service().domain.admin;
/** The secret as no administrator could set it while a credential is given it. */
async function bend({ text = value, ...change }: { text?: string } & Partial<Secret>): Promise<void> {
  const { device: parts, operations } = backend.lab.service().domain;
  const secrets = (parts.store as unknown as Pick<RecordStore, "secrets">).secrets;
  const held = await secrets.get(backend.lab.project, "upstream-key");
  if (held === null) throw new TypeError("no secret");
  const version = held.version + 1;
  const sealed = parts.vault.seal(Buffer.from(text), ["secret", held.project, held.name, String(version)]);
  await secrets.put({ ...held, ...change, version, value: sealed });
  await operations.republish(held.project);
}
const setKey = (text: string) =>
  admin().setSecret(backend.actor, backend.lab.project, "upstream-key", {
    value: text,
    mode: "brokered",
    places: [place],
  });
const credentialFor = async (name: string, api: string, injected = true): Promise<string> => {
  const injections = injected ? [{ header: "X-Api-Key", prefix: "Key ", secret: "upstream-key" }] : [];
  return (await admin().addVerifier(backend.actor, backend.lab.project, { name, api, injections })).credential;
};

beforeAll(async () => {
  backend = await openVerifierLab({ limits: { decisionsPerVerifierPerMinute: 200 } });
  await setKey(value);
  gateway = await credentialFor("gateway", "plain");
  device = backend.lab.pixel();
  instance = backend.lab.instanceOf(device);
  await instance.enrol();
});
afterAll(() => backend.lab.close());

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly credential?: string | null;
  /** Header lines; a repeated name repeated. */
  readonly lines?: readonly (readonly [string, string])[];
}

interface Decided {
  readonly status: number;
  readonly key: string | undefined;
  readonly reason: string | undefined;
  readonly cache: string | undefined;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One question of a proxy, its lines as they are. */
function decide({ path = "/v1/decisions/plain/original", method = "GET", credential = gateway, lines = [] }: Asked) {
  const all = [...(credential === null ? [] : [["Countersign-Verifier", credential] as const]), ...lines];
  return new Promise<Decided>((resolve, reject) => {
    const { hostname, port, host } = new URL(backend.lab.service().origin);
    const sent = request({ hostname, port, path, method, headers: ["Host", host, ...all.flat()] });
    sent.once("response", (answer) => {
      let body = "";
      answer.on("data", (part: Buffer) => (body += part.toString()));
      answer.once("end", () => {
        const one = (name: string): string | undefined => answer.headers[name]?.toString();
        const [key, reason, cache] = [one("x-api-key"), one("countersign-reason"), one("cache-control")];
        resolve({ status: answer.statusCode ?? 0, key, reason, cache, body, headers: answer.headers });
      });
    });
    sent.once("error", reject);
    sent.end();
  });
}
const withToken = (token: string, ...more: (readonly [string, string])[]): Asked => ({
  lines: [["x-token", token], ...more],
});
const told = ({ status, reason, key }: Decided) => [status, reason, key];

describe("a decision about a request", () => {
  it("is yes for a genuine token, with the upstream's key, no body, and never to be kept", async () => {
    const decided = await decide(withToken(await backend.tokenOf(instance, "plain")));
    expect(decided).toMatchObject({ status: 200, key: `Key ${value}`, reason: undefined, cache: "no-store", body: "" });
  });

  it("gives the key as it is at that moment, and none to a credential that is given none", async () => {
    const token = await backend.tokenOf(instance, "plain");
    await setKey("another-key-of-the-operator");
    expect((await decide(withToken(token))).key).toBe("Key another-key-of-the-operator");
    await setKey(value);
    expect(told(await decide({ ...withToken(token), credential: backend.credential }))).toEqual([
      200,
      undefined,
      undefined,
    ]);
  });

  it("is no, with the reason in a header and no key, for a request without one genuine token", async () => {
    const token = await backend.tokenOf(instance, "plain");
    const other = await backend.tokenOf(instance, "limited");
    const example = (await admin().mintExample(backend.actor, backend.lab.project, "plain", {})).token;
    const cases: readonly (readonly [Asked, string])[] = [
      [{}, "token_missing"],
      [withToken(`${token.slice(0, -6)}AAAAAA`), "signature_invalid"],
      [withToken(other), "key_unknown"],
      [withToken(example), "use_refused"],
      [withToken(token, ["x-token", token]), "token_duplicated"],
      [withToken(`${token}, ${token}`), "token_duplicated"],
      [withToken("x".repeat(9000)), "token_too_large"],
    ];
    for (const [asked, reason] of cases) {
      const decided = await decide(asked);
      expect([reason, ...told(decided), decided.body, decided.cache]).toEqual([
        reason,
        401,
        reason,
        undefined,
        "",
        "no-store",
      ]);
      expect(decided.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  it("is no for a token past its end", async () => {
    const token = await backend.tokenOf(instance, "plain");
    backend.lab.advance(126_000);
    expect(told(await decide(withToken(token)))).toEqual([401, "token_expired", undefined]);
  });

  it("is no from the moment of a ban", async () => {
    const banned = backend.lab.instanceOf(backend.lab.iphone());
    await banned.enrol();
    const token = await backend.tokenOf(banned, "plain");
    expect((await decide(withToken(token))).status).toBe(200);
    await backend.lab.ban(await backend.instanceId(banned));
    expect(told(await decide(withToken(token)))).toEqual([403, "token_banned", undefined]);
  });

  it("does not tell a decoy that it is one, and counts it", async () => {
    await backend.putApi("symmetric", { header: "x-token", alg: "HS256" });
    const credential = await credentialFor("symmetric", "symmetric");
    const decoy = await admin().mintExample(backend.actor, backend.lab.project, "symmetric", { type: "decoy" });
    const asked = { ...withToken(decoy.token), credential, path: "/v1/decisions/symmetric/original" };
    expect(told(await decide(asked))).toEqual([401, "signature_invalid", undefined]);
    await backend.lab.service().domain.writeDecisions();
    expect(await admin().showTraffic(backend.lab.project, "symmetric", 24)).toMatchObject({ requests: 1, decoys: 1 });
    expect(backend.lab.lines.some((line) => line.includes("decision_decoy"))).toBe(true);
  });

  it("uses up a token that counts once, and only one that may pass", async () => {
    backend.lab.advance(2000);
    const credential = await credentialFor("once", "limited");
    const path = "/v1/decisions/limited/original";
    const token = await backend.tokenOf(instance, "limited");
    await backend.putApi("limited-bound", { header: "x-token", limitedUse: true, bind: ["x-user"] }).catch(() => {});
    expect(told(await decide({ ...withToken(token), credential, path }))).toEqual([200, undefined, `Key ${value}`]);
    expect(told(await decide({ ...withToken(token), credential, path }))).toEqual([401, "token_consumed", undefined]);
    expect((await backend.consume(token)).body).toMatchObject({ alreadyConsumed: true });
  });

  it("holds a bound token to the request's header", async () => {
    await backend.putApi("bound", { header: "x-token", bind: ["x-user"] });
    const credential = await credentialFor("bound", "bound");
    const path = "/v1/decisions/bound/original";
    const unbound = await backend.tokenOf(instance, "bound");
    expect(told(await decide({ ...withToken(unbound), credential, path }))).toEqual([
      401,
      "binding_missing",
      undefined,
    ]);
    const asked = { ...withToken(unbound, ["x-user", "ada"]), credential, path };
    expect((await decide(asked)).status).toBe(401);
  });
});

const provedPath = "/v1/decisions/proved/original";
const url = "https://proved.example/v1/pictures";
let proving: string;

const dpop = (token: string, at: { method?: string; url?: string } = {}): Promise<string> =>
  device.keys.dpop(instance.key().alias, {
    method: at.method ?? "GET",
    url: at.url ?? url,
    token,
    iat: Math.floor(backend.lab.nowMs() / 1000),
    jti: randomBytes(16).toString("base64url"),
  });
const asked = (token: string, proof: string | null, method = "GET", uri = "/v1/pictures?page=2"): Asked => ({
  ...withToken(
    token,
    ["X-Original-Method", method],
    ["X-Original-URI", uri],
    ...(proof === null ? [] : [["DPoP", proof] as const]),
  ),
  credential: proving,
  path: provedPath,
});

describe("a token whose API was changed meanwhile", () => {
  it("is refused where it names a key and no proof is asked for any more, and where it stands without its prefix", async () => {
    await backend.putApi("changed", { header: "x-token", proof: "dpop" });
    const credential = await credentialFor("changed", "changed");
    const token = await backend.tokenOf(instance, "changed");
    const input = { host: "changed.example", port: 443, channel: "system", tokenSeconds: 120 } as const;
    const change = (prefix: string) =>
      admin().putApi(
        backend.actor,
        backend.lab.project,
        "changed",
        { ...input, token: { header: "x-token", prefix } },
        "replace",
      );
    const path = "/v1/decisions/changed/original";
    await change("");
    expect((await decide({ ...withToken(token), credential, path })).reason).toBe("proof_missing");
    await change("Bearer ");
    const plain = await backend.tokenOf(instance, "changed");
    expect((await decide({ ...withToken(`Bearer ${plain}`), credential, path })).status).toBe(200);
    expect((await decide({ ...withToken(`bearer ${plain}`), credential, path })).status).toBe(200);
    expect((await decide({ ...withToken(`Secret ${plain}`), credential, path })).reason).toBe("token_malformed");
  });
});

describe("a proof of possession", () => {
  beforeAll(async () => {
    await backend.putApi("proved", { header: "x-token", proof: "dpop" });
    await backend.putApi("signed", { header: "x-token", proof: "httpsig" });
    proving = await credentialFor("proved", "proved");
  });

  it("is held to the request that the proxy tells of, and counts once", async () => {
    const token = await backend.tokenOf(instance, "proved");
    const proof = await dpop(token);
    expect(told(await decide(asked(token, proof, "POST")))).toEqual([401, "proof_method_wrong", undefined]);
    expect(told(await decide(asked(token, proof, "GET", "/v1/keys")))).toEqual([401, "proof_target_wrong", undefined]);
    expect(told(await decide(asked(token, null)))).toEqual([401, "proof_missing", undefined]);
    const given = await decide(asked(token, proof));
    expect(told(given)).toEqual([200, undefined, `Key ${value}`]);
    expect(told(await decide(asked(token, proof)))).toEqual([401, "proof_replayed", undefined]);
    const again = await decide(asked(token, proof));
    expect(again.headers["www-authenticate"]).toBe('DPoP algs="ES256"');
  });

  it("is not held to what a client tells in the headers of another proxy, or where the proxy tells nothing", async () => {
    const token = await backend.tokenOf(instance, "proved");
    const proof = await dpop(token);
    const forwarded = [
      ["X-Forwarded-Method", "GET"],
      ["X-Forwarded-Uri", "/v1/pictures"],
      ["DPoP", proof],
    ] as const;
    expect((await decide({ ...withToken(token, ...forwarded), credential: proving, path: provedPath })).reason).toBe(
      "request_malformed",
    );
    const twice = asked(token, proof);
    const smuggled = { ...twice, lines: [...(twice.lines ?? []), ["X-Original-URI", "/v1/keys"] as const] };
    expect((await decide(smuggled)).reason).toBe("request_malformed");
    expect(
      (await decide({ ...withToken(token, ...forwarded), credential: proving, path: "/v1/decisions/proved/forwarded" }))
        .status,
    ).toBe(200);
    const own = withToken(token, ["DPoP", await dpop(token, { method: "DELETE" })]);
    const byPath = { ...own, credential: proving, path: "/v1/decisions/proved/path/v1/pictures?x=1", method: "DELETE" };
    expect((await decide(byPath)).status).toBe(200);
  });

  it("by HTTP signature is held to method and whole target; one over a body cannot be judged here", async () => {
    const signed = await credentialFor("signed", "signed");
    const token = await backend.tokenOf(instance, "signed");
    const sign = async (method: string) => {
      const { signatureInput, signature } = await device.keys.httpSignature(instance.key().alias, {
        method,
        targetUri: "https://signed.example/v1/pictures?page=2",
        contentDigest: null,
        header: { name: "x-token", value: token },
        created: Math.floor(backend.lab.nowMs() / 1000),
        nonce: randomBytes(16).toString("base64url"),
      });
      return [
        ["Signature-Input", signatureInput],
        ["Signature", signature],
      ] as const;
    };
    const ask = async (method: string, uri: string, lines: readonly (readonly [string, string])[]) =>
      decide({
        ...withToken(token, ["X-Original-Method", method], ["X-Original-URI", uri], ...lines),
        credential: signed,
        path: "/v1/decisions/signed/original",
      });
    const lines = await sign("GET");
    expect((await ask("GET", "/v1/pictures?page=3", lines)).reason).toBe("proof_signature_invalid");
    expect((await ask("GET", "/v1/pictures?page=2", lines)).status).toBe(200);
    expect((await ask("GET", "/v1/pictures?page=2", lines)).reason).toBe("proof_replayed");
    expect((await ask("POST", "/v1/pictures?page=2", await sign("POST"))).reason).toBe("body_unavailable");
  });
});

describe("who asks", () => {
  it("needs a credential in the header of its own, and of this API", async () => {
    const lines = withToken(await backend.tokenOf(instance, "plain")).lines ?? [];
    const bearer = ["Authorization", `Bearer ${gateway}`] as const;
    for (const credential of [null, `csv_${"A".repeat(43)}`, `${gateway}, ${gateway}`]) {
      expect(told(await decide({ credential, lines: [...lines, bearer] }))).toEqual([
        401,
        "verifier_unauthorized",
        undefined,
      ]);
    }
    expect(told(await decide({ credential: backend.narrow, lines }))).toEqual([404, "not_found", undefined]);
    expect(told(await decide({ path: "/v1/decisions/nowhere/original", lines }))).toEqual([
      404,
      "not_found",
      undefined,
    ]);
  });

  it("is answered so many times a minute", async () => {
    const busy = await credentialFor("busy", "plain");
    const statuses = new Set<number>();
    for (let at = 0; at < 201; at += 1) statuses.add((await decide({ credential: busy })).status);
    expect([...statuses]).toEqual([401, 429]);
    backend.lab.advance(60_000);
  });
});

describe("a service that does not know", () => {
  it("says so where record, ledger, bans or the secret fail, and gives nothing", async () => {
    const token = await backend.tokenOf(instance, "plain");
    const { store, ledger, standing } = backend.lab.service().domain.device;
    const parts: readonly (readonly [object, string, unknown])[] = [
      [(store as unknown as { verifiers: object }).verifiers, "byTokenHash", () => Promise.reject(new Error(value))],
      [ledger, "take", () => Promise.reject(new Error(value))],
      [standing, "isCurrent", () => false],
    ];
    for (const [part, name, broken] of parts) {
      const held = part as Record<string, unknown>;
      const working = held[name];
      held[name] = broken;
      expect([name, ...told(await decide(withToken(token)))].slice(0, 2)).toEqual([name, 503]);
      held[name] = working;
    }
    await bend({ text: "a key that\nis of two lines" });
    expect(told(await decide(withToken(token)))).toEqual([503, "unavailable", undefined]);
    await bend({ apps: ["astropiks"] });
    expect(told(await decide(withToken(token)))).toEqual([503, "unavailable", undefined]);
    const processor = {
      kind: "hmac",
      algorithm: "sha256",
      key: "utf8",
      encoding: "hex",
      message: "{path}",
      headers: {},
    } as const;
    await bend({ apps: null, terms: { processor, budgets: [] } });
    expect(told(await decide(withToken(token)))).toEqual([503, "unavailable", undefined]);
    await bend({ terms: null });
    expect(backend.lab.lines.some((line) => line.includes("secret_not_given"))).toBe(true);
    await setKey(value);
    expect((await decide(withToken(token))).status).toBe(200);
  });

  it("refuses no proof that it cannot remember: it says that it does not know", async () => {
    const token = await backend.tokenOf(instance, "proved");
    const ledger = backend.lab.service().domain.device.ledger as unknown as Record<string, unknown>;
    const working = ledger.once;
    ledger.once = () => Promise.reject(new Error("gone away"));
    expect(told(await decide(asked(token, await dpop(token))))).toEqual([503, "unavailable", undefined]);
    ledger.once = working;
    expect((await decide(asked(token, await dpop(token)))).status).toBe(200);
  });

  it("removes no secret that a credential is given, and gives it no value that would not fit", async () => {
    for (const change of [setKey("a key that\nis of two lines"), setKey("naïve")])
      await expect(change).rejects.toMatchObject({ code: "invalid_input" });
    await expect(admin().removeSecret(backend.actor, backend.lab.project, "upstream-key")).rejects.toMatchObject({
      code: "in_use",
    });
  });
});

describe("the budgets of a secret that a proxy is given", () => {
  const terms = (of: "instance" | "secret", limit: number) => ({
    processor: null,
    budgets: [{ of, limit, perCall: 1, windowSeconds: 3600 }],
  });
  const setTerms = (next: ReturnType<typeof terms> | null) =>
    admin().setTerms(backend.actor, backend.lab.project, "upstream-key", { terms: next });

  it("are drawn for all by each request that may pass, and by no other", async () => {
    const token = await backend.tokenOf(instance, "plain");
    await setTerms(terms("secret", 2));
    expect((await decide({})).status).toBe(401);
    const answers = [];
    for (let at = 0; at < 3; at += 1) answers.push(told(await decide(withToken(token))));
    const yes = [200, undefined, `Key ${value}`];
    expect(answers).toEqual([yes, yes, [429, "slow_down", undefined]]);
    await setTerms(null);
    expect(told(await decide(withToken(token)))).toEqual(yes);
  });

  it("are each instance's own where they are counted so, whatever its token", async () => {
    await setTerms(terms("instance", 1));
    const other = backend.lab.instanceOf(backend.lab.pixel());
    await other.enrol();
    const statuses = [];
    for (const one of [instance, instance, other])
      statuses.push((await decide(withToken(await backend.tokenOf(one, "plain")))).status);
    expect(statuses).toEqual([200, 429, 200]);
    await setTerms(null);
  });

  it("deny a request whose token does not say whose it is", async () => {
    const credential = await credentialFor("checked", "firebase");
    const path = "/v1/decisions/firebase/original";
    const answered = async () => {
      const token = await backend.tokenOf(instance, "firebase");
      return told(await decide({ lines: [["x-firebase-appcheck", token]], path, credential }));
    };
    expect(await answered()).toEqual([200, undefined, `Key ${value}`]);
    await setTerms(terms("instance", 5));
    expect(await answered()).toEqual([503, "unavailable", undefined]);
    await setTerms(null);
  });
});

describe("monitoring", () => {
  it("lets every request pass, gives the key to genuine ones alone, and counts them", async () => {
    await backend.putApi("watched", { header: "x-token" });
    const credential = await credentialFor("watched", "watched");
    const path = "/v1/monitored-decisions/watched/original";
    const token = await backend.tokenOf(instance, "watched");
    expect(told(await decide({ path, credential }))).toEqual([200, "token_missing", undefined]);
    expect(told(await decide({ ...withToken(token), path, credential }))).toEqual([200, undefined, `Key ${value}`]);
    await backend.lab.service().domain.writeDecisions();
    expect(await admin().showTraffic(backend.lab.project, "watched", 24)).toMatchObject({
      requests: 2,
      counts: { verified: 1, unknownOrigin: 1 },
      reasons: { token_missing: 1 },
    });
  });
});

describe("the log", () => {
  it("has no line that holds a key, a credential or a token", async () => {
    const token = await backend.tokenOf(instance, "plain");
    await decide(withToken(token));
    const { lines } = backend.lab;
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of [value, gateway, gateway.slice(4), token.split(".")[2] ?? ""])
      expect(lines.some((line) => line.includes(secret))).toBe(false);
  });
});

describe("a service that began anew", () => {
  it("of before the service began is not taken: it may have been seen", async () => {
    const token = await backend.tokenOf(instance, "proved");
    const proof = await dpop(token);
    backend.lab.advance(5000);
    await backend.lab.restart();
    expect((await decide(asked(token, proof))).reason).toBe("proof_replayed");
    backend.lab.advance(2000);
    expect((await decide(asked(token, await dpop(token)))).status).toBe(200);
  });
});
