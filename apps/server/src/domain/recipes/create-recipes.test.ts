import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMemoryLedger } from "../../ephemeral/memory-ledger.ts";
import { createSecretValue } from "../../vault/secret-value.ts";
import type { CallOut, OutboundAnswer, OutboundRequest, Secret } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { openProjectLab, type ProjectLab } from "../project/project-lab.suite.ts";
import { createRecipes, type MintedValue, type Recipes } from "./create-recipes.ts";

const root = "root-credential-0123456789";
const one = { instance: "instance-1", subject: "subject-1" };
const two = { instance: "instance-2", subject: "subject-2" };
const session = { leftMs: 300_000, waitMs: 3_000 };

let projects: ProjectLab;
let context: ProjectContext;
let asked: OutboundRequest[] = [];
let failures: string[] = [];
let answer: (request: OutboundRequest) => OutboundAnswer | Promise<OutboundAnswer>;
let wait: () => Promise<void>;
let recipes: Recipes;

const token = (seconds = 3600): OutboundAnswer => ({
  ok: true,
  status: 200,
  body: Buffer.from(
    JSON.stringify({ access_token: `token-${asked.length}`, token_type: "Bearer", expires_in: seconds }),
  ),
});
const textOf = (minted: MintedValue): string =>
  minted.ok ? Buffer.from(minted.value.reveal()).toString() : minted.problem;

function secretOf(more: Partial<Secret> = {}, perInstance = true): Secret {
  const { id } = context.project;
  const name = more.name ?? "vendor";
  const version = more.version ?? 1;
  return {
    project: id,
    mode: "delivered",
    value: projects.vault.seal(Buffer.from(root), ["secret", id, name, String(version)]),
    places: [{ api: "a", methods: ["GET"], path: "/", in: "header", name: "authorization", when: "placeholder" }],
    apps: null,
    updatedAtMs: 0,
    recipe: {
      kind: "oauth-client-credentials",
      perInstance,
      lifetimeSeconds: null,
      tokenUrl: "https://login.example/token",
      clientId: "photos",
      auth: "client_secret_basic",
      scope: null,
      audience: null,
      resource: null,
    },
    ...more,
    name,
    version,
  };
}

const create = (
  callOut: CallOut = async (request) => {
    asked.push(request);
    return answer(request);
  },
): Recipes =>
  createRecipes({
    vault: projects.vault,
    ledger: createMemoryLedger({ nowMs: projects.nowMs }),
    callOut,
    hold: createSecretValue,
    clock: { nowMs: projects.nowMs },
    random: (length) => new Uint8Array(length).fill(255),
    budgets: { mintsPerInstancePerMinute: 4, mintsPerSecretPerMinute: 10 },
    onFailure: ({ secret, reason }) => failures.push(`${secret} ${reason}`),
    wait: () => wait(),
  });

beforeAll(async () => {
  projects = await openProjectLab();
  const { id } = await projects.operations.create({ name: "photos", kind: "production" });
  const loaded = await projects.contexts.get(id);
  if (loaded === null) throw new Error("no project");
  context = loaded;
});
afterAll(() => projects.close());
beforeEach(() => {
  projects.advance(3_600_000);
  asked = [];
  failures = [];
  answer = () => token();
  wait = () => new Promise(() => {});
  recipes = create();
});

describe("minted values", () => {
  test("are another for each instance, and one for all where the recipe says so", async () => {
    const own = secretOf();
    expect(textOf(await recipes.valueOf(context, own, one, session))).toBe("token-1");
    expect(textOf(await recipes.valueOf(context, own, two, session))).toBe("token-2");
    const shared = secretOf({ name: "shared" }, false);
    for (const bearer of [one, two, null]) {
      expect(textOf(await recipes.valueOf(context, shared, bearer, session))).toBe("token-3");
    }
    expect(asked).toHaveLength(3);
  });

  test("of a secret that was removed are none of the one that has its name and version now", async () => {
    let release: () => void = () => {};
    answer = () =>
      new Promise((resolve) => {
        release = () => resolve(token());
      });
    const before = recipes.valueOf(context, secretOf(), one, session);
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const finish = release;
    const again = secretOf({ updatedAtMs: 1 });
    const after = recipes.valueOf(context, again, one, session);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    answer = () => token();
    release();
    expect(textOf(await after)).toBe("token-2");
    finish();
    await before;
    expect(textOf(await recipes.valueOf(context, again, one, session))).toBe("token-2");
  });

  test("of one instance each are not given to whoever has none", async () => {
    expect(await recipes.valueOf(context, secretOf(), null, session)).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });

  test("are used again while a session's length and a margin are left of them, and never longer", async () => {
    const secret = secretOf();
    const ask = async () => textOf(await recipes.valueOf(context, secret, one, session));
    expect(await ask()).toBe("token-1");
    projects.advance(3_600_000 - 330_000);
    expect(await ask()).toBe("token-1");
    projects.advance(1);
    expect(await ask()).toBe("token-2");
  });

  test("of too short a life are not given, and are not asked for again before they end", async () => {
    answer = () => token(300);
    const secret = secretOf();
    for (let time = 0; time < 5; time += 1) {
      expect(textOf(await recipes.valueOf(context, secret, one, session))).toBe("recipe_too_short");
    }
    expect(asked).toHaveLength(1);
    expect(textOf(await recipes.valueOf(context, secret, one, { leftMs: 30_000, waitMs: 1 }))).toBe("token-1");
  });

  test("are minted once for all who ask at once", async () => {
    const secret = secretOf();
    const all = await Promise.all(Array.from({ length: 20 }, () => recipes.valueOf(context, secret, one, session)));
    expect(new Set(all.map(textOf))).toEqual(new Set(["token-1"]));
    expect(asked).toHaveLength(1);
  });

  test("go with their secret's version, its removal and a ban", async () => {
    const ask = async (secret: Secret) => textOf(await recipes.valueOf(context, secret, one, session));
    expect(await ask(secretOf())).toBe("token-1");
    expect(await ask(secretOf({ version: 2 }))).toBe("token-2");
    recipes.keepCurrent({ ...context, secrets: new Map([["vendor", secretOf({ version: 2 })]]) }, context.project.id);
    expect(await ask(secretOf({ version: 2 }))).toBe("token-2");
    recipes.keepCurrent(context, context.project.id);
    expect(await ask(secretOf({ version: 2 }))).toBe("token-3");
    projects.advance(60_000);
    recipes.dropBearer(context.project.id, "instance", one.instance);
    expect(await ask(secretOf({ version: 2 }))).toBe("token-4");
    recipes.dropBearer(context.project.id, "subject", one.subject);
    expect(await ask(secretOf({ version: 2 }))).toBe("token-5");
    recipes.dropBearer("another", "subject", one.subject);
    expect(await ask(secretOf({ version: 2 }))).toBe("token-5");
  });

  test("print as nothing", async () => {
    const minted = await recipes.valueOf(context, secretOf(), one, session);
    expect(inspect(minted, { depth: 9 }) + JSON.stringify(minted)).not.toContain("token-1");
  });
});

describe("minting", () => {
  test("is waited for no longer than told, and goes on for the next who asks", async () => {
    const { promise, resolve: arrive } = Promise.withResolvers<OutboundAnswer>();
    answer = () => promise;
    wait = async () => {};
    const secret = secretOf();
    expect(textOf(await recipes.valueOf(context, secret, one, session))).toBe("recipe_unreachable");
    wait = () => new Promise(() => {});
    const next = recipes.valueOf(context, secret, one, session);
    arrive(token());
    expect(textOf(await next)).toBe("token-1");
    expect([asked.length, failures]).toEqual([1, []]);
  });

  test("keeps a budget of each instance, and of all of a secret", async () => {
    answer = () => token(331);
    const secret = secretOf();
    const ask = async (instance: string) => {
      const minted = textOf(await recipes.valueOf(context, secret, { instance, subject: "s" }, session));
      recipes.dropBearer(context.project.id, "instance", instance);
      return minted;
    };
    for (let time = 0; time < 4; time += 1) expect(await ask("greedy")).toMatch(/^token/);
    for (let time = 0; time < 9; time += 1) expect(await ask("greedy")).toBe("recipe_busy");
    for (let time = 0; time < 6; time += 1) expect(await ask(`other-${time}`)).toMatch(/^token/);
    expect(await ask("another")).toBe("recipe_busy");
    expect(asked).toHaveLength(10);
    expect(failures).toEqual(["vendor recipe_busy"]);
    projects.advance(60_000);
    expect(await ask("another")).toMatch(/^token/);
  });

  test("leaves a vendor in trouble alone for longer each time, up to a minute, and says so once for each call", async () => {
    answer = () => ({ ok: true, status: 503, body: Buffer.from(`{"error":"${root}"}`) });
    const secret = secretOf();
    const ask = async () =>
      textOf(await recipes.valueOf(context, secret, { ...one, instance: `i-${asked.length}` }, session));
    const waited: number[] = [];
    for (let calls = 1; calls <= 9; calls += 1) {
      let sinceMs = 0;
      expect(await ask()).toBe("recipe_refused");
      while (asked.length < calls) {
        projects.advance(500);
        sinceMs += 500;
        expect(await ask()).toBe("recipe_refused");
      }
      waited.push(sinceMs);
    }
    expect(waited).toEqual([0, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(failures).toEqual(asked.map(() => "vendor recipe_refused"));
    answer = () => token();
    projects.advance(60_000);
    expect(await ask()).toMatch(/^token/);
    expect(textOf(await recipes.valueOf(context, secretOf({ version: 2 }), one, session))).toMatch(/^token/);
  });

  test("is tried at once with a new root, whatever came of the old one", async () => {
    answer = () => ({ ok: true, status: 401, body: Buffer.alloc(0) });
    expect(textOf(await recipes.valueOf(context, secretOf(), one, session))).toBe("recipe_refused");
    answer = () => token();
    expect(textOf(await recipes.valueOf(context, secretOf({ version: 2 }), one, session))).toBe("token-2");
  });

  test("has no more in work than it may", async () => {
    answer = () => new Promise(() => {});
    wait = async () => {};
    for (let at = 0; at < 64; at += 1) {
      await recipes.valueOf(context, secretOf({ name: `s${at}` }), one, session);
    }
    expect(textOf(await recipes.valueOf(context, secretOf({ name: "more" }), one, session))).toBe("recipe_busy");
    expect(asked).toHaveLength(64);
  });

  test("of one secret leaves room for the others, however slow its vendor is, and gives it back", async () => {
    const { promise, resolve: arrive } = Promise.withResolvers<OutboundAnswer>();
    answer = () => promise;
    wait = async () => {};
    const roomy = createRecipes({
      vault: projects.vault,
      ledger: createMemoryLedger({ nowMs: projects.nowMs }),
      callOut: async (request) => {
        asked.push(request);
        return answer(request);
      },
      hold: createSecretValue,
      clock: { nowMs: projects.nowMs },
      random: (length) => new Uint8Array(length),
      budgets: { mintsPerInstancePerMinute: 100, mintsPerSecretPerMinute: 100 },
      onFailure: () => {},
      wait: () => wait(),
    });
    const ask = async (at: number, name = "slow") =>
      textOf(await roomy.valueOf(context, secretOf({ name }), { ...one, instance: `i-${at}` }, session));
    for (let at = 0; at < 16; at += 1) expect(await ask(at)).toBe("recipe_unreachable");
    expect(await ask(16)).toBe("recipe_busy");
    expect(await ask(16, "other")).toBe("recipe_unreachable");
    arrive(token());
    wait = () => new Promise(() => {});
    for (let at = 0; at < 16; at += 1) expect(await ask(at)).toMatch(/^token/);
    expect(await ask(16)).toMatch(/^token/);
  });

  test("asks nobody where the ledger cannot count", async () => {
    const ledger = { take: () => Promise.reject(new Error("away")) };
    const { vault, nowMs } = projects;
    const budgets = { mintsPerInstancePerMinute: 4, mintsPerSecretPerMinute: 10 };
    const unable = createRecipes({
      vault,
      ledger,
      callOut: () => Promise.reject(new Error("asked")),
      hold: createSecretValue,
      clock: { nowMs },
      random: (length) => new Uint8Array(length),
      budgets,
      onFailure: () => {},
    });
    expect(textOf(await unable.valueOf(context, secretOf(), one, session))).toBe("recipe_busy");
  });

  test("refuses what does not fit the secret's places, or its processor", async () => {
    const aws = { processor: { kind: "aws-sigv4", region: "eu-central-1", service: "s3" }, budgets: [] } as const;
    const secret = secretOf({ mode: "brokered", terms: aws });
    expect(textOf(await recipes.valueOf(context, secret, one, session))).toBe("recipe_value_unfit");
  });

  test("may call private addresses for no production project", async () => {
    const allowed: boolean[] = [];
    const watched = create(async (_request, { allowPrivate }) => {
      allowed.push(allowPrivate);
      return token();
    });
    await watched.valueOf(context, secretOf(), one, session);
    const development = { ...context, project: { ...context.project, kind: "development" } as const };
    await watched.valueOf(development, secretOf(), two, session);
    expect(allowed).toEqual([false, true]);
  });

  test("is broken off when the service ends", async () => {
    let signal: AbortSignal | null = null;
    const ending = create((_request, { abort }) => {
      signal = abort;
      return new Promise((resolve) =>
        abort.addEventListener("abort", () => resolve({ ok: false, failure: "unreachable" })),
      );
    });
    const minted = ending.valueOf(context, secretOf(), one, session);
    while (signal === null) await Promise.resolve();
    ending.close();
    expect(textOf(await minted)).toBe("recipe_unreachable");
    expect(failures).toEqual([]);
  });
});

describe("a decoy", () => {
  const waited: number[] = [];
  const watched = () => {
    waited.length = 0;
    return createRecipes({
      vault: projects.vault,
      ledger: createMemoryLedger({ nowMs: projects.nowMs }),
      callOut: async (request) => {
        asked.push(request);
        projects.advance(400);
        return answer(request);
      },
      hold: createSecretValue,
      clock: { nowMs: projects.nowMs },
      random: (length) => new Uint8Array(length).fill(255),
      budgets: { mintsPerInstancePerMinute: 100, mintsPerSecretPerMinute: 100 },
      onFailure: () => {},
      wait: (ms) => {
        waited.push(ms);
        return ms === session.waitMs ? new Promise(() => {}) : Promise.resolve();
      },
    });
  };

  test("waits as long as a genuine instance does for its value, and as often, and mints nothing", async () => {
    const lab = watched();
    await lab.valueOf(context, secretOf(), one, session);
    await lab.pretend(secretOf(), two, 2_000);
    await lab.pretend(secretOf(), two, 2_000);
    expect(waited).toEqual([3_000, 600]);
    projects.advance(3_600_000);
    await lab.pretend(secretOf(), two, 500);
    await lab.pretend(secretOf({ version: 2 }), two, 2_000);
    expect(waited.slice(2)).toEqual([500, 600]);
    expect(asked).toHaveLength(1);
  });

  test("waits for no value that all share, and before any mint for as long as one may take", async () => {
    const lab = watched();
    await lab.pretend(secretOf({}, false), two, 2_000);
    await lab.pretend(secretOf(), two, 2_000);
    expect(waited).toEqual([375]);
  });
});

describe("a test of a recipe", () => {
  test("tells kind, life and a fingerprint, and keeps nothing", async () => {
    expect(await recipes.test(context, secretOf())).toEqual({
      ok: true,
      kind: "oauth-client-credentials",
      lifetimeSeconds: 3600,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    await recipes.valueOf(context, secretOf(), { ...one, instance: "operator" }, session);
    expect(asked).toHaveLength(2);
  });

  test("tells why there is none, and is within the budgets", async () => {
    answer = () => ({ ok: true, status: 400, body: Buffer.alloc(0) });
    const kind = "oauth-client-credentials";
    for (let time = 0; time < 4; time += 1) {
      expect(await recipes.test(context, secretOf())).toEqual({ ok: false, kind, reason: "recipe_refused" });
    }
    expect(await recipes.test(context, secretOf())).toEqual({ ok: false, kind, reason: "recipe_busy" });
  });
});
