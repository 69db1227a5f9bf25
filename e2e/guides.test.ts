import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateTokenKey, mintToken } from "@countersign/tokens";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendExamples, startExample } from "../testing/backend-examples.ts";
import { blocksOf, commandsOf, type Follower, startFollower } from "../testing/guide.ts";
import { requireAll } from "../testing/vectors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const secret = randomBytes(32).toString("base64");
const bound = "Bearer user-7";

let you: Follower;
beforeAll(async () => {
  you = await startFollower();
  for (const line of [
    "npx countersign project create gallery --kind production",
    "npx countersign app add gallery --project gallery --ios A1B2C3D4E5.com.example.gallery",
  ])
    expect(await you.run(line)).toMatchObject({ code: 0 });
});
afterAll(() => you.stop());

/** Follows a guide from its first command to its last, and gives what each printed. */
async function follow(page: string): Promise<ReadonlyMap<string, string>> {
  const said = new Map<string, string>();
  for (const line of commandsOf(page)) {
    const { code, out, err } = await you.run(line, /key import|secret set/.test(line) ? secret : "");
    expect([line, code, err]).toEqual([line, 0, expect.any(String)]);
    said.set(line, out.trim());
  }
  return said;
}

const find = (said: ReadonlyMap<string, string>, pattern: RegExp): string => {
  const [, out] = [...said].find(([line]) => pattern.test(line)) ?? [];
  if (out === undefined) throw new Error(`no command like ${pattern}`);
  return out;
};

async function issuerOfProject(): Promise<string> {
  const { out } = await you.run("npx countersign project show gallery --json");
  return `${you.origin}/p/${(JSON.parse(out) as { readonly id: string }).id}`;
}

/** A module that hands each token to the guide's check and prints which passed. */
const judging = (call: string): string =>
  `import * as guide from "./guide.mjs";
   for (const token of JSON.parse(process.env.TOKENS)) {
     try { await (${call})(guide, token); console.log("accepted"); } catch { console.log("refused"); }
   }`;

async function judge(page: string, at: number, call: string, tokens: readonly string[], env: Record<string, string>) {
  const files = { "guide.mjs": blocksOf(page, "js")[at] ?? "", "main.mjs": judging(call) };
  const { out, err } = await you.runModules(files, { ...env, TOKENS: JSON.stringify(tokens) });
  expect(err).not.toMatch(/SyntaxError|ERR_/);
  return out.trim().split("\n");
}

describe("from Approov", () => {
  it("every command runs, and the unchanged check of a backend passes good tokens and no others", async () => {
    const page = "docs/guides/from-approov.md";
    const said = await follow(page);
    const good = find(said, /token example .* --bind [^-]*-7"$/);
    const expired = find(said, /--type expired/);
    const invalid = find(said, /--type invalid/);
    const unbound = (await you.run("npx countersign token example shapes --project gallery")).out.trim();
    const call = `(guide, token) => guide.checkApproovToken({ "approov-token": token, authorization: ${JSON.stringify(bound)} })`;
    const other = call.replace("user-7", "user-8");
    const env = { APPROOV_BASE64_SECRET: secret };
    expect(await judge(page, 0, call, [good, expired, invalid, unbound], env)).toEqual([
      "accepted",
      "refused",
      "refused",
      "refused",
    ]);
    expect(await judge(page, 0, other, [good], env)).toEqual(["refused"]);
    const wrongSecret = { APPROOV_BASE64_SECRET: randomBytes(32).toString("base64") };
    expect(await judge(page, 0, call, [good], wrongSecret)).toEqual(["refused"]);
  });

  it("a rotation shows its staged secret, and goes on with the imported one until its time", async () => {
    const { keys } = JSON.parse((await you.run("npx countersign key list --project gallery --json")).out) as {
      readonly keys: readonly { readonly kid: string; readonly api: string; readonly state: string }[];
    };
    const states = keys.filter(({ api }) => api === "shapes").map(({ state }) => state);
    expect(states).toEqual(expect.arrayContaining(["staged", "retiring"]));
    const staged = keys.find(({ api, state }) => api === "shapes" && state === "staged")?.kid ?? "";
    const { out } = await you.run(`npx countersign key export --project gallery --reveal -- ${staged}`);
    expect(Buffer.from(out.trim(), "base64")).toHaveLength(32);
    expect(out.trim()).not.toBe(secret);
  });
});

describe("one secret for several APIs", () => {
  it("is imported for one of those that share keys, and signs the tokens of all", async () => {
    const shared = randomBytes(48).toString("base64");
    for (const api of ["one", "two"])
      expect(
        await you.run(
          `npx countersign api add ${api} --project gallery --host ${api}.example.com --channel system --token-profile approov --token-keys project`,
        ),
      ).toMatchObject({ code: 0 });
    expect(await you.run("npx countersign key import one --project gallery", shared)).toMatchObject({ code: 0 });
    for (const api of ["one", "two"]) {
      const { out } = await you.run(`npx countersign key export ${api} --project gallery --reveal`);
      expect(out.trim()).toBe(shared);
    }
  });
});

describe("from Firebase App Check", () => {
  it("every command runs, and a verifier with another issuer and key set passes good tokens and no others", async () => {
    const page = "docs/guides/from-firebase-app-check.md";
    const said = await follow(page);
    const good = find(said, /token example functions/);
    const bad = async (type: string): Promise<string> =>
      (await you.run(`npx countersign token example functions --project gallery --type ${type}`)).out.trim();
    const issuer = await issuerOfProject();
    const tokens = [good, await bad("expired"), await bad("invalid"), await bad("wrong-audience")];
    for (const jwks of [`${issuer}/.well-known/jwks.json`, `${issuer}/apis/functions/jwks.json`]) {
      const env = { APP_CHECK_ISSUER: issuer, APP_CHECK_JWKS: jwks };
      const verdicts = await judge(page, 0, "(guide, token) => guide.checkAppCheckToken(token)", tokens, env);
      expect(verdicts).toEqual(["accepted", "refused", "refused", "refused"]);
    }
    expect(find(said, /verifier add/)).toMatch(/csv_[\w-]{43}/);
  });
});

describe("from Firebase App Check, with the shim", () => {
  it("passes an instance's token by the changed import, and refuses others with codes of app-check", async () => {
    const key = await generateTokenKey("RS256");
    const keySet = createServer((_message, answer) => answer.end(JSON.stringify({ keys: [key.publicJwk] })));
    keySet.listen(0, "127.0.0.1");
    await once(keySet, "listening");
    const origin = `http://127.0.0.1:${(keySet.address() as AddressInfo).port}`;
    const mint = (issuer: string, issuedAtMs: number, projectId = "gallery-a1b2"): string =>
      mintToken({
        key,
        profile: "firebase-app-check",
        issuer,
        audience: "functions",
        subject: "subject",
        did: null,
        app: "gallery",
        ip: null,
        firebase: { projectNumber: "1234567890", projectId, appIds: { gallery: "1:1234567890:ios:0a1b2c3d4e5f" } },
        issuedAtMs,
        lifetimeSeconds: 300,
        endsAtMs: issuedAtMs + 300_000,
        jti: randomBytes(16),
      });
    const issuer = `${origin}/p/gallery`;
    const now = Date.now();
    const tokens = [
      mint(issuer, now),
      mint(issuer, now - 400_000),
      mint(issuer, now, "other"),
      mint(`${origin}/p/other`, now),
      "token",
    ];
    const call = `async (guide, token) => {
      if ((await guide.checkAppCheckToken(token).catch((error) => console.error(error.code) ?? "")) === "") throw 0;
    }`;
    const env = { APP_CHECK_ISSUER: issuer, APP_CHECK_JWKS: `${origin}/jwks` };
    const verdicts = await judge("docs/guides/from-firebase-app-check.md", 1, call, tokens, env);
    expect(verdicts).toEqual(["accepted", "refused", "refused", "refused", "refused"]);
    keySet.close();
  });
});

describe("decoy secrets", () => {
  const page = "docs/guides/decoy-secrets.md";

  it("every command runs, and the value that the first one printed raises an alarm", async () => {
    const said = await follow(page);
    const decoy = find(said, /decoy add old-app/);
    expect(decoy).toMatch(/^sk_live_[A-Za-z0-9]{24}$/);
    expect(find(said, /alarm list/)).toBe("No alarm.");
    const project = (await issuerOfProject()).split("/").at(-1);
    const url = `${you.origin}/b/${project}/pictures/v1`;
    expect((await fetch(url, { headers: { authorization: `Bearer ${decoy}` } })).status).toBe(401);
    const report = await fetch(find(said, /alarm-hook add/), {
      method: "POST",
      body: JSON.stringify({ text: "seen" }),
    });
    expect(report.status).toBe(202);
    const { out } = await you.run("npx countersign alarm list --project gallery --open --json");
    expect(JSON.parse(out)).toMatchObject({
      alarms: [
        { kind: "reported", decoy: "ci-config", where: "webhook", who: { hook: "scanner", text: "seen" } },
        { kind: "decoy_secret_used", decoy: "old-app", where: "broker" },
      ],
    });
  });

  it("the check of messages passes a genuine one once, and no other", async () => {
    const key = `whsec_${randomBytes(32).toString("base64")}`;
    const body = JSON.stringify({ type: "alarm.raised", data: { decoy: "old-app" } });
    const sign = (id: string, seconds: number, by = key): Record<string, string> => {
      const mac = createHmac("sha256", Buffer.from(by.slice(6), "base64")).update(`${id}.${seconds}.${body}`);
      const signature = `v1,${mac.digest("base64")}`;
      return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": signature };
    };
    const now = Math.floor(Date.now() / 1000);
    const cases = [
      sign("one", now),
      sign("one", now + 1),
      { ...sign("two", now), "webhook-id": "three" },
      { ...sign("two", now), "webhook-timestamp": String(now + 1) },
      sign("two", now, `whsec_${randomBytes(32).toString("base64")}`),
      sign("two", now - 400),
      {},
      sign("two", now),
    ];
    const main = `import { openNotice } from "./guide.mjs";
      const { KEY, BODY, CASES } = process.env;
      for (const headers of JSON.parse(CASES)) console.log(openNotice(KEY, headers, BODY)?.type ?? "refused");`;
    const files = { "guide.mjs": blocksOf(page, "js")[1] ?? "", "main.mjs": main };
    const { out } = await you.runModules(files, { KEY: key, BODY: body, CASES: JSON.stringify(cases) });
    const passed = ["alarm.raised", "refused", "refused", "refused", "refused", "refused", "refused", "alarm.raised"];
    expect(out.trim().split("\n")).toEqual(passed);
  });
});

describe("API gateways", () => {
  it("every command runs, and discovery leads a verifier to the keys of good tokens", async () => {
    const said = await follow("docs/guides/api-gateways.md");
    const issuer = await issuerOfProject();
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    expect(metadata.issuer).toBe(issuer);
    expect(metadata.id_token_signing_alg_values_supported).toContain("RS256");
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri ?? ""));
    const options = { issuer, audience: "gallery-api", algorithms: ["RS256"] };
    const token = find(said, /token example gallery-api/);
    await expect(jwtVerify(token, keys, options)).resolves.toBeDefined();
    for (const type of ["expired", "invalid", "wrong-audience"]) {
      const { out } = await you.run(`npx countersign token example gallery-api --project gallery --type ${type}`);
      await expect(jwtVerify(out.trim(), keys, options)).rejects.toThrow();
    }
    const { out: pem } = await you.run("npx countersign key export gallery-api --project gallery");
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });
});

describe("OAuth", () => {
  it("every command runs, and the attester's key set stands apart from the tokens'", async () => {
    await follow("docs/guides/oauth.md");
    const issuer = await issuerOfProject();
    const kids = async (url: string): Promise<readonly string[]> =>
      ((await (await fetch(url)).json()) as { readonly keys: readonly { readonly kid: string }[] }).keys.map(
        (key) => key.kid,
      );
    const attester = await kids(`${issuer}/attester/.well-known/jwks.json`);
    expect(attester).toHaveLength(1);
    expect(await kids(`${issuer}/.well-known/jwks.json`)).not.toEqual(expect.arrayContaining([...attester]));
  });
});

describe("the backends' examples", () => {
  it.each(["ES256", "HS256"])("take the key, the issuer and the tokens of %s as the CLI prints them", async (alg) => {
    const api = `backend-${alg.toLowerCase()}`;
    const said = async (line: string): Promise<string> => {
      const { code, out, err } = await you.run(`npx countersign ${line}`);
      expect([line, code, err]).toEqual([line, 0, expect.any(String)]);
      return out.trim();
    };
    const options = `--token-header Countersign-Token --token-alg ${alg} --token-bind Authorization`;
    await said(`api add ${api} --project gallery --host ${api}.example.com --channel system ${options}`);
    const key = await said(`key export ${api} --project gallery ${alg === "HS256" ? "--reveal" : ""}`);
    const token = await said(`token example ${api} --project gallery --bind "Authorization=${bound}"`);
    const present = Object.values(backendExamples).filter((each) => each.present());
    for (const example of present) {
      const running = await startExample(example.prepare(you.folder), {
        COUNTERSIGN_ISSUER: await issuerOfProject(),
        COUNTERSIGN_AUDIENCE: api,
        COUNTERSIGN_BIND: "Authorization",
        COUNTERSIGN_USE: "example",
        [alg === "HS256" ? "COUNTERSIGN_SECRET" : "COUNTERSIGN_PUBLIC_KEY"]: key,
      });
      const ask = async (authorization: string): Promise<number> =>
        (await fetch(running.origin ?? "", { headers: { "countersign-token": token, authorization } })).status;
      const statuses = [await ask(bound), await ask("Bearer user-8")];
      await running.stop();
      expect([example.file, ...statuses]).toEqual([example.file, 200, 401]);
    }
    expect(present.length).toBeGreaterThan(requireAll ? 4 : -1);
  });
});

/** The reference page's section of each command; a test of the CLI holds that page to the program. */
function referenceOf(): ReadonlyMap<string, string> {
  const sections = readFileSync(join(root, "docs/cli.md"), "utf8").split(/^### /m);
  return new Map(
    sections.map((section): [string, string] => [
      /^`countersign ([a-z -]+?)(?: [<[].*)?`/.exec(section)?.[1] ?? "",
      section,
    ]),
  );
}

describe("the guides", () => {
  it.each(readdirSync(join(root, "docs/guides")))("%s names only commands and options that there are", (name) => {
    const reference = referenceOf();
    const groups = new Set(
      [...reference.keys()].filter((each) => each.includes(" ")).map((each) => each.split(" ")[0]),
    );
    const text = readFileSync(join(root, "docs/guides", name), "utf8");
    const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code.replace(/^(npx )?countersign /, ""));
    for (const code of inline) {
      const [group = "", verb = "", ...rest] = code.split(" ");
      if (!groups.has(group) || !/^[a-z-]+$/.test(verb)) continue;
      const section = reference.get(`${group} ${verb}`);
      expect([code, section !== undefined]).toEqual([code, true]);
      for (const option of rest.filter((each) => each.startsWith("--")))
        expect([code, section?.includes(`\`${option}`)]).toEqual([code, true]);
    }
  });

  const folder = join(root, "docs/guides");
  it.each(readdirSync(folder))("%s names only files and headings that are there", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (link.startsWith("https:")) continue;
      const [path = "", heading] = link.split("#");
      const target = path === "" ? join(folder, name) : join(dirname(join(folder, name)), path);
      expect([link, existsSync(target)]).toEqual([link, true]);
      if (heading === undefined) continue;
      const headings = readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm);
      const anchors = [...headings].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(anchors).toContain(heading);
    }
  });
});
