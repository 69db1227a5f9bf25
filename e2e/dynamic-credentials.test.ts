import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blocksOf, commandsOf, type Follower, startFollower } from "../testing/guide.ts";
import { createTlsAuthority } from "../testing/tls-authority.ts";

/** The guide, against a stock authorization server over TLS that knows nothing of Countersign. */
const guide = "docs/guides/dynamic-credentials.md";
const root = "a-client-secret-of-the-operator-0123456789";
const authority = createTlsAuthority({ name: "Vendor CA", nowMs: Date.now() });
const granted: string[] = [];
let server: Server;
let you: Follower;
let tokenUrl = "";
let folder = "";

beforeAll(async () => {
  server = createServer(authority.issue(["localhost"]));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  tokenUrl = `${issuer}/token`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "photos",
        client_secret: root,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        scope: "photos.read",
      },
    ],
    scopes: ["photos.read"],
    ttl: { ClientCredentials: 900 },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  provider.on("grant.success", (context) => {
    granted.push(String((context.body as { access_token?: unknown } | undefined)?.access_token));
  });
  const answer = provider.callback();
  server.on("request", (request, response) => void answer(request, response));
  folder = mkdtempSync(join(tmpdir(), "vendor-"));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, authority.pem);
  you = await startFollower({ serve: `--upstream-ca ${ca}` });
  expect(await you.run("npx countersign project create gallery --kind development")).toMatchObject({ code: 0 });
});
afterAll(() => {
  you?.stop();
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

it("mints tokens that a stock oidc-provider gives for the client secret, by the guide's own commands", async () => {
  const [recipe = ""] = blocksOf(guide, "json");
  const file = join(you.folder, "recipe.json");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(recipe) as object), tokenUrl }));
  const said: string[] = [];
  for (const line of commandsOf(guide)) {
    const { code, out, err } = await you.run(line.replace("recipe.json", file), /secret set/.test(line) ? root : "");
    expect([line, code, err]).toEqual([line, 0, expect.any(String)]);
    said.push(out);
  }
  expect(said.at(-1)).toMatch(/minted\s+yes[\s\S]*oauth-client-credentials[\s\S]*900 s[\s\S]*[0-9a-f]{16}/);
  expect(granted).toHaveLength(1);
  const list = await you.run("npx countersign secret list --project gallery");
  expect(list.out).toContain("oauth-client-credentials");
  expect(said.join() + list.out).not.toContain(root);
});

it("says why nothing is minted, and ends with 1", async () => {
  expect(await you.run("npx countersign secret rotate vendor-token --project gallery", "not-the-secret")).toMatchObject(
    {
      code: 0,
    },
  );
  const test = await you.run("npx countersign secret mint-test vendor-token --project gallery --json");
  expect([test.code, JSON.parse(test.out)]).toEqual([
    1,
    {
      ok: false,
      kind: "oauth-client-credentials",
      lifetimeSeconds: null,
      fingerprint: null,
      reason: "recipe_refused",
    },
  ]);
});

it("reads every recipe of the guide", async () => {
  const recipes = blocksOf(guide, "json")
    .map((text) => JSON.parse(text) as { readonly kind?: string })
    .filter(({ kind }) => kind !== undefined);
  expect(recipes.map(({ kind }) => kind)).toEqual([
    "oauth-client-credentials",
    "oauth-jwt-bearer",
    "aws-sts",
    "http-template",
  ]);
  const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
  const roots = [
    root,
    String(pem),
    '{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}',
    root,
  ];
  for (const [at, recipe] of recipes.entries()) {
    const file = join(you.folder, "each.json");
    writeFileSync(file, JSON.stringify(recipe));
    const line = `npx countersign secret set-recipe vendor-token --project gallery --file ${file} --new-value --json`;
    const { code, out, err } = await you.run(line, roots[at]);
    expect([recipe.kind, code, err]).toEqual([recipe.kind, 0, expect.any(String)]);
    expect(JSON.parse(out)).toMatchObject({ recipe });
  }
});
