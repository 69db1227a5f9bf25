import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { tokenKeyTimes } from "../../domain/project/token-key-state.ts";
import { createLog } from "../../log/create-log.ts";
import { createHttpServer } from "../server.ts";
import { type DeviceLab, openDeviceLab } from "./device-lab.suite.ts";
import { deviceRoutes } from "./device-routes.ts";

const actor = { id: "lab", name: "lab" };
const { overlapMs, tailMs } = tokenKeyTimes;
let lab: DeviceLab;
let at: string;
beforeAll(async () => {
  lab = await openDeviceLab({ kind: "production" });
  at = `/p/${lab.project}`;
});
afterAll(() => lab.close());

interface Answer {
  readonly status: number;
  readonly caching: string | undefined;
  readonly body: { readonly keys: readonly { readonly kid: string; readonly exp?: number }[] };
}

/** What the routes of the running service answer at a time of the test's choosing. */
async function ask(path: string, atMs: number, contexts = lab.service().domain.device.contexts): Promise<Answer> {
  const deps = { ...lab.service().domain.device, contexts, clock: { nowMs: () => atMs } };
  const app = await createHttpServer({
    log: createLog({ level: "silent" }),
    version: "0",
    isReady: async () => true,
    routes: [deviceRoutes({ deps, networkOf: () => "net" })],
  });
  const answer = await app.inject({ method: "GET", url: path });
  await app.close();
  const caching = answer.headers["cache-control"];
  return { status: answer.statusCode, caching: caching?.toString(), body: answer.json<Answer["body"]>() };
}

it("lists the keys of every other project where one cannot be loaded, and lets nobody keep that list", async () => {
  const { contexts } = lab.service().domain.device;
  const broken = {
    ...contexts,
    ids: async () => [...(await contexts.ids()), "broken"],
    get: (id: string) => (id === "broken" ? Promise.reject(new Error("sealed")) : contexts.get(id)),
  };
  const whole = await ask("/.well-known/jwks.json", lab.nowMs());
  expect(whole.body.keys).toHaveLength(1);
  expect(whole.caching).toBe("public, max-age=300");
  const partly = await ask("/.well-known/jwks.json", lab.nowMs(), broken);
  expect(partly).toEqual({ status: 200, caching: "no-store", body: whole.body });
});

describe("the key sets of a project whose key was rotated", () => {
  let old: string;
  let young: string;
  let activeMs: number;
  let endMs: number;
  beforeAll(async () => {
    const { admin } = lab.service().domain;
    const { key, replaced } = await admin.rotateTokenKey(actor, lab.project, { api: "nasa" });
    [old, young] = [replaced[0]?.kid ?? "", key.kid];
    [activeMs, endMs] = [key.activeFromMs ?? 0, replaced[0]?.retiresAtMs ?? 0];
    expect(endMs - activeMs).toBe(tailMs);
    expect(activeMs - key.createdAtMs).toBeGreaterThanOrEqual(overlapMs);
  });

  it.each<[string, () => number, string, "both" | "young"]>([
    ["when it was rotated", () => activeMs - overlapMs, "public, max-age=300", "both"],
    ["before the successor signs", () => activeMs - 1, "public, max-age=300", "both"],
    ["when the successor signs", () => activeMs, "public, max-age=300", "both"],
    ["five minutes before the end", () => endMs - 300_000, "public, max-age=300", "both"],
    ["a millisecond later", () => endMs - 299_999, "public, max-age=299", "both"],
    ["a second before the end", () => endMs - 1000, "public, max-age=1", "both"],
    ["less than that before the end", () => endMs - 999, "no-store", "both"],
    ["a millisecond before the end", () => endMs - 1, "no-store", "both"],
    ["at the end", () => endMs, "public, max-age=300", "young"],
    ["a millisecond after", () => endMs + 1, "public, max-age=300", "young"],
  ])("%s", async (_, timeOf, caching, held) => {
    for (const path of ["/.well-known/jwks.json", `${at}/.well-known/jwks.json`, `${at}/apis/nasa/jwks.json`]) {
      const answer = await ask(path, timeOf());
      expect([answer.status, answer.caching]).toEqual([200, caching]);
      const kids = answer.body.keys.map(({ kid }) => kid).toSorted();
      expect(kids).toEqual((held === "both" ? [old, young] : [young]).toSorted());
      const ending = answer.body.keys.find(({ kid }) => kid === old);
      expect(ending?.exp).toBe(held === "both" ? endMs / 1000 : undefined);
    }
  });
});

describe("secrets, attesters and metadata", () => {
  const issuerOf = () => lab.service().origin + at;

  it("a secret is in no key set, document, log or answer, whatever is asked", async () => {
    const { admin } = lab.service().domain;
    const input = { host: "s.example", channel: "system", token: { profile: "approov" } } as const;
    await admin.putApi(actor, lab.project, "shapes", input, "create");
    const { kid, value } = await admin.exportTokenKey(actor, lab.project, { api: "shapes", reveal: true });
    const secret = Buffer.from(value, "base64");
    const api = await ask(`${at}/apis/shapes/jwks.json`, lab.nowMs());
    expect(api).toEqual({ status: 200, caching: "public, max-age=300", body: { keys: [] } });
    const paths = [
      "/.well-known/jwks.json",
      `${at}/.well-known/jwks.json`,
      `${at}/attester/.well-known/jwks.json`,
      `${at}/.well-known/openid-configuration`,
      `/.well-known/oauth-authorization-server${at}`,
      "/openapi.json",
    ];
    for (const path of paths) {
      const { status, body } = await lab.send("GET", path, null);
      expect([path, status, findLeaks(body, secret)]).toEqual([path, 200, []]);
      expect(Buffer.from(body).includes(kid ?? "?")).toBe(false);
    }
    expect(findLeaks(Buffer.from(lab.lines.join("\n")), secret)).toEqual([]);
    const { replaced } = await admin.rotateTokenKey(actor, lab.project, { api: "shapes", inSeconds: 360 });
    const end = replaced[0]?.retiresAtMs ?? 0;
    expect((await ask(`${at}/apis/shapes/jwks.json`, end - 1000)).caching).toBe("public, max-age=300");
  });

  it("the attester's keys are apart from those of tokens, both ways", async () => {
    const { admin } = lab.service().domain;
    const { key } = await admin.rotateTokenKey(actor, lab.project, { attester: true });
    const tokens = await ask(`${at}/.well-known/jwks.json`, lab.nowMs());
    expect(tokens.body.keys.some(({ kid }) => kid === key.kid)).toBe(false);
    const attester = await ask(`${at}/attester/.well-known/jwks.json`, lab.nowMs());
    expect(attester.body.keys.map(({ kid }) => kid)).toEqual([key.kid]);
  });

  it("the issuer is described where OpenID and where RFC 8414 look, and names its own key set", async () => {
    for (const path of [`${at}/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server${at}`]) {
      const { status, json } = await lab.send("GET", path, null);
      expect([status, json]).toMatchObject([
        200,
        { issuer: issuerOf(), jwks_uri: `${issuerOf()}/.well-known/jwks.json` },
      ]);
    }
  });

  it.each([
    "/p/nobody/.well-known/jwks.json",
    "/p/nobody/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/p/nobody",
    "/p/nobody/attester/.well-known/jwks.json",
    "/p/PROJECT/development/.well-known/jwks.json",
    "/p/PROJECT/development/apis/nasa/jwks.json",
    "/p/PROJECT/apis/nobody/jwks.json",
  ])("%s is not there, and says no more", async (path) => {
    const { status, json } = await lab.send("GET", path.replace("PROJECT", lab.project), null);
    expect([status, (json as { code?: string }).code]).toEqual([404, "not_found"]);
  });

  it("a key's name in a token's header is the one in the key set", async () => {
    const context = await lab.service().domain.device.contexts.get(lab.project);
    const key = context?.tokenKeyOf("nasa", lab.nowMs());
    const set = await ask(`${at}/apis/nasa/jwks.json`, lab.nowMs());
    expect(set.body.keys.map(({ kid }) => kid)).toContain(key?.kid);
  });
});
