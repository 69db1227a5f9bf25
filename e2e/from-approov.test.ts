import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestAuthority } from "@countersign/virtual-device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, type Follower, startFollower } from "../testing/guide.ts";

const appId = "A1B2C3D4E5.com.example.gallery";
const seed = "from-approov";
const nowMs = Date.UTC(2026, 0, 1);

let you: Follower;
let configuration = "";
beforeAll(async () => {
  you = await startFollower();
  const anchors = join(you.folder, "anchors.pem");
  writeFileSync(anchors, createTestAuthority({ seed, nowMs }).pems.join("\n"));
  const lines = [
    "npx countersign project create gallery --kind development",
    `npx countersign anchors add ${anchors} --project gallery`,
    `npx countersign app add gallery --project gallery --ios ${appId}`,
    "npx countersign api add shapes --project gallery --host shapes.example.com --channel system --token-profile approov --custom-claims",
    "npx countersign secret set shapes-key --project gallery --place api=shapes,in=header,name=Api-Key",
  ];
  for (const line of lines) expect(await you.run(line, "a value of shapes")).toMatchObject({ code: 0 });
  const { out } = await you.run("npx countersign project show gallery --json");
  configuration = (JSON.parse(out) as { readonly configuration: string }).configuration;
});
afterAll(() => you.stop());

/** A phone's ports, as native agents will bring them. */
const portsModule = `
import { createNodePorts } from "@countersign/client/node";
import { parseConfigurationString } from "@countersign/protocol";
import { createTestAuthority, createVirtualIphone } from "@countersign/virtual-device";
const { CONFIGURATION: configuration, APP_ID: appId } = process.env;
const { app, keys, detectors } = createVirtualIphone({
  authority: createTestAuthority({ seed: ${JSON.stringify(seed)}, nowMs: ${nowMs} }),
  appId,
  app: { id: "gallery", version: "1.0.0", build: "1" },
  ios: "18",
  project: parseConfigurationString(configuration).value.project,
  nowMs: Date.now,
});
export const ports = createNodePorts({ configuration, app, keys, detectors });
`;

/** Calls of an app that was written for the other service. */
const callsModule = `
import { ApproovService, useApproov } from "./approov.js";
const tell = (error) => ({ status: error.status, ...error.userInfo });
ApproovService.setTokenHeader("Approov-Token", "");
await ApproovService.initialize(process.env.CONFIGURATION);
const said = { protected: await ApproovService.isInterceptorActive(), hook: typeof useApproov };
said.precheck = await ApproovService.precheck().then(() => "passed", tell);
said.token = await ApproovService.fetchToken("https://shapes.example.com/v3/shapes").catch(tell);
said.secret = await ApproovService.fetchSecureString("shapes-key", null).catch(tell);
said.custom = await ApproovService.fetchCustomJWT('{"seat":7}').catch(tell);
said.stored = await ApproovService.fetchSecureString("pin", "4711").catch(tell);
said.kept = await ApproovService.fetchSecureString("pin", null).catch(tell);
said.unknown = await ApproovService.fetchToken("https://elsewhere.example.com/").catch(tell);
said.device = await ApproovService.getDeviceID().catch(tell);
said.arc = await ApproovService.getLastARC();
console.log(JSON.stringify(said));
ApproovService.getAgent().stop();
`;

async function runApp(
  app: string,
): Promise<{ readonly notices: readonly string[]; readonly said: Record<string, unknown> }> {
  const [program = ""] = blocksOf("docs/guides/from-approov.md", "js").slice(1);
  expect(program).toMatch(/^\/\/ approov\.js\n/);
  const files = {
    "package.json": '{ "type": "module" }',
    "approov.js": program,
    "ports.js": portsModule,
    "main.mjs": callsModule,
  };
  const { code, out, err } = await you.runModules(files, { CONFIGURATION: configuration, APP_ID: app });
  expect([code, err]).toEqual([0, ""]);
  const lines = out.trim().split("\n");
  return { notices: lines.slice(0, -1), said: JSON.parse(lines.at(-1) ?? "") as Record<string, unknown> };
}

function claimsOf(token: unknown): unknown {
  const [, payload = ""] = String(token).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

describe("an app that comes from Approov, over the guide's program and a real service", () => {
  it("keeps its calls: it passes, gets a token that Approov's backends read, and placeholders for its secure strings", async () => {
    const { notices, said } = await runApp(appId);
    expect(notices).toEqual([expect.stringMatching(/^ApproovService\.setTokenHeader has no effect: /)]);
    expect(said).toMatchObject({
      protected: true,
      hook: "function",
      precheck: "passed",
      secret: expect.stringMatching(/^cs-shapes-key-[a-z2-7]{10}$/),
      unknown: { status: "UNKNOWN_URL", type: "general" },
      device: expect.stringMatching(/^[\w-]{22}$/),
      arc: expect.stringMatching(/^[A-Z2-7]{16}$/),
    });
    expect(claimsOf(said.token)).toMatchObject({ aud: "shapes", did: expect.stringMatching(/^[\w+/]{22}==$/) });
    expect(claimsOf(said.token)).not.toHaveProperty("custom");
    expect(claimsOf(said.custom)).toMatchObject({ aud: "shapes", custom: { seat: 7 } });
    expect([said.stored, said.kept]).toEqual(["4711", "4711"]);
  });

  it("is told of a refusal as there, with the code that support looks up", async () => {
    const { said } = await runApp("Z9Y8X7W6V5.com.example.gallery");
    const refusal = { status: "REJECTED", type: "rejection", rejectionARC: said.arc };
    expect(said).toMatchObject({
      precheck: refusal,
      token: refusal,
      secret: refusal,
      unknown: { status: "UNKNOWN_URL" },
    });
    const { out } = await you.run(`npx countersign arc show ${String(said.arc)} --project gallery`);
    expect(out).toContain("app_id_mismatch");
  });
});
