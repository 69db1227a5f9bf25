import { createServiceClient, createVerifier, jwks, secretKeys, type Verifier } from "@countersign/verify";
import { protect } from "@countersign/verify/fetch";
import type { RawInstance } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonShapes } from "../apps/cli/src/json-shapes.ts";
import { openVerifierLab, type VerifierLab } from "../apps/server/src/http/verifier/verifier-lab.suite.ts";
import { type CommandLine, commandLineOf } from "../testing/command-line.ts";

let backend: VerifierLab;
let countersign: CommandLine;

beforeAll(async () => {
  backend = await openVerifierLab();
  const { bootstrapToken, domain, origin } = backend.lab.service();
  const { token } = await domain.admin.redeemBootstrap({ token: bootstrapToken ?? "", name: "Ada" });
  countersign = commandLineOf(origin, token);
});
afterAll(() => backend.lab.close());

const enrolled = async (): Promise<RawInstance> => {
  const instance = backend.lab.instanceOf(backend.lab.iphone());
  await instance.enrol();
  return instance;
};

/** Verifiers of one backend, as many as it has processes, as docs/verify.md has it, with a credential made on the command line. */
async function openProcesses(api: string, count: number): Promise<readonly Verifier[]> {
  const { lab } = backend;
  const { out: credential } = await countersign(["verifier", "add", `${api}-backend`, "--api", api]);
  const { origin } = lab.service();
  const payload = (await backend.tokenOf(await enrolled(), api)).split(".")[1] ?? "";
  const { iss } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { iss: string };
  return Array.from({ length: count }, () =>
    createVerifier({
      issuer: iss,
      audience: api,
      keys: jwks({ url: `${origin}${new URL(iss).pathname}/.well-known/jwks.json`, algs: ["ES256"] }),
      header: "x-token",
      nowMs: lab.nowMs,
      service: createServiceClient({ url: origin, credential: credential.trim(), api }),
    }),
  );
}

const request = (token: string | null) =>
  new Request("https://limited.example/", { headers: token === null ? {} : { "x-token": token } });

describe("a backend with the verify package and a credential", () => {
  it("lets each limited token pass once on any of its processes, and shows operators how its requests fell", async () => {
    const processes = await openProcesses("limited", 3);
    const instance = await enrolled();
    const tokens = [await backend.tokenOf(instance, "limited"), await backend.tokenOf(instance, "limited")];
    for (const token of tokens) {
      const verdicts = await Promise.all(processes.map((each) => each.verifyRequest(request(token))));
      expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1);
      expect(verdicts.flatMap((verdict) => (verdict.ok ? [] : [verdict.reason]))).toEqual([
        "token_consumed",
        "token_consumed",
      ]);
    }
    const [one] = processes;
    expect(await one?.verifyRequest(request(null))).toMatchObject({
      bucket: "unknown_origin",
      reason: "token_missing",
    });
    for (const each of processes) await each.close();

    const shown = await countersign(["api", "traffic", "limited", "--hours", "2", "--json"]);
    expect(JSON.parse(shown.out)).toMatchObject({
      requests: 7,
      counts: { verified: 2, outdated: 0, unknownOrigin: 1, invalid: 0, reused: 4 },
      refusable: 5,
      reasons: { token_consumed: 4, token_missing: 1 },
    });
    const { code, out } = await countersign(["api", "traffic", "limited"]);
    expect(code).toBe(0);
    expect(out).toContain("reused          4         57.1 %");
    expect(out).toContain("Enforcing now would refuse 5 of them (71.4 %)");
  });

  it("in monitor mode refuses nobody, tells all five buckets and decoys apart, and shows what enforcing would refuse", async () => {
    await countersign(
      ["api", "add", "watched", "--host", "watched.example", "--limited-use"].concat(
        ["--token-header", "x-token"],
        ["--token-alg", "HS256"],
      ),
    );
    const exported = async (...more: string[]): Promise<string> =>
      (await countersign(["key", "export", "watched", "--reveal", ...more])).out.trim();
    const example = async (type: string): Promise<string> =>
      (await countersign(["token", "example", "watched", "--type", type])).out.trim();
    const { out: credential } = await countersign(["verifier", "add", "watcher", "--api", "watched"]);
    const { origin } = backend.lab.service();
    const verifier = createVerifier({
      issuer: `${origin}/p/${backend.lab.project}/development`,
      audience: "watched",
      keys: secretKeys([{ secret: await exported() }]),
      decoyKeys: [{ secret: await exported("--decoy") }],
      header: "x-token",
      appMarker: { header: "user-agent", pattern: /^Shop\// },
      nowMs: backend.lab.nowMs,
      service: createServiceClient({ url: origin, credential: credential.trim(), api: "watched" }),
    });
    const handler = protect(verifier, () => new Response("served"), { mode: "monitor" });
    const genuine = await backend.tokenOf(await enrolled(), "watched");
    const sent: Record<string, string>[] = [
      { "x-token": genuine },
      { "x-token": genuine },
      { "user-agent": "Shop/3.1" },
      { "user-agent": "curl/8" },
      { "x-token": await example("invalid") },
      { "x-token": await example("decoy") },
    ];
    for (const headers of sent) {
      expect((await handler(new Request("https://watched.example/", { headers }))).status).toBe(200);
    }
    await verifier.close();
    const shown = await countersign(["api", "traffic", "watched", "--hours", "2", "--json"]);
    expect(JSON.parse(shown.out)).toMatchObject({
      requests: 6,
      counts: { verified: 1, reused: 1, outdated: 1, unknownOrigin: 1, invalid: 2 },
      decoys: 1,
      refusable: 5,
      reasons: { token_consumed: 1, token_missing: 2, signature_invalid: 1, decoy: 1 },
    });
    expect((await countersign(["api", "traffic", "watched"])).out).toContain("1 of the invalid were decoys.");
  });

  it("refuses the token of an instance that was banned after it was minted", async () => {
    const instance = await enrolled();
    const token = await backend.tokenOf(instance, "limited");
    await backend.lab.ban(await backend.instanceId(instance));
    const limited = createServiceClient({
      url: backend.lab.service().origin,
      credential: backend.narrow,
      api: "limited",
    });
    expect(await limited.consume(token)).toEqual({ ok: false, reason: "token_banned" });
  });

  it("cannot be told that a token is good where its credential was removed", async () => {
    const { out } = await countersign(["verifier", "add", "gone", "--json"]);
    const made = JSON.parse(out) as { credential: string };
    expect(Object.keys(made)).toEqual([...jsonShapes["verifier add"]]);
    const client = createServiceClient({
      url: backend.lab.service().origin,
      credential: made.credential,
      api: "limited",
    });
    await countersign(["verifier", "remove", "gone"]);
    expect(await client.consume(await backend.tokenOf(await enrolled(), "limited"))).toEqual({
      ok: false,
      reason: "consume_unavailable",
    });
    expect((await countersign(["verifier", "list"])).out).not.toContain("gone");
  });
});

describe("countersign token", () => {
  it("inspects a genuine token from standard input, and says of an altered one what fails, by its exit code too", async () => {
    const token = await backend.tokenOf(await enrolled(), "plain");
    const good = await countersign(["token", "inspect"], `${token}\n`);
    expect([good.code, good.err]).toEqual([0, ""]);
    expect(good.out).toMatch(/^Token: valid\n/);
    const altered = `${token.slice(0, -6)}AAAAAA`;
    const bad = await countersign(["token", "inspect", altered]);
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^Token: refused, signature_invalid\n {2}Signature does not verify\./);
    expect(bad.out).toMatch(/signature +FAIL/);
    const json = await countersign(["token", "inspect", "-", "--json"], token);
    expect(Object.keys(JSON.parse(json.out) as object)).toEqual([...jsonShapes["token inspect"]]);
    for (const { out } of [good, bad, json]) expect(out).not.toContain(token.split(".")[2]);
  });

  it("mints examples and long-lived tokens that inspection finds good, bound where they are to be", async () => {
    await backend.putApi("bound", { header: "x-token", bind: ["Authorization"] });
    const bind = ["--bind", "Authorization=Bearer a"];
    const { out } = await countersign(["token", "example", "bound", ...bind]);
    expect((await countersign(["token", "inspect", ...bind], out)).code).toBe(0);
    const other = await countersign(["token", "inspect", "--bind", "Authorization=Bearer b"], out);
    expect(other.out).toMatch(/^Token: refused, binding_wrong/);
    const long = await countersign(["token", "long-lived", "bound", "--name", "monitor", "--days", "30", "--json"]);
    const minted = JSON.parse(long.out) as { token: string };
    expect(Object.keys(minted)).toEqual([...jsonShapes["token long-lived"]]);
    expect((await countersign(["token", "inspect", "-"], minted.token)).code).toBe(0);
    const expired = await countersign(["token", "example", "bound", "--type", "expired"]);
    expect((await countersign(["token", "inspect"], expired.out)).out).toMatch(/^Token: refused, token_expired/);
    expect((await countersign(["token", "example", "bound", "--bind", "no equals sign"])).code).toBe(2);
  });

  it("consumes a token once", async () => {
    const token = await backend.tokenOf(await enrolled(), "limited");
    expect((await countersign(["token", "consume", "limited"], token)).code).toBe(0);
    const again = await countersign(["token", "consume", "limited", "--json"], token);
    expect([again.code, JSON.parse(again.out)]).toMatchObject([1, { ok: true, alreadyConsumed: true, reason: null }]);
    const refused = await countersign(["token", "consume", "limited", "--json"], "x");
    expect([refused.code, JSON.parse(refused.out)]).toEqual([
      1,
      { ok: false, alreadyConsumed: null, reason: "token_malformed", claims: null },
    ]);
  });
});
