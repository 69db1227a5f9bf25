import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPlatformFetch } from "../../../examples/astropiks/src/forms/platform-fetch.ts";
import type { DemoWorld } from "../../../examples/astropiks/src/world/demo-world.ts";
import { apksignerDigests, type createAndroidWorkshop } from "../../../testing/android-tools.ts";
import { type Attempt, toAttempt } from "../attempt.ts";
import { directConfiguration } from "../direct-configuration.ts";

const url = (world: DemoWorld, key: string): string =>
  `${world.standIn.origin}/planetary/apod?api_key=${key}&date=2024-01-01`;

const cli = join(import.meta.dirname, "../../../apps/cli/src/main.ts");

/** Registers the genuine package as its operator does: `countersign app register`. */
async function register(world: DemoWorld, apk: string, folder: string): Promise<void> {
  const ca = join(folder, "service-ca.pem");
  writeFileSync(ca, world.serviceCa ?? "");
  const args = ["app", "register", apk, "--app", "astropiks-lab", "--project", world.project.id, "--json"];
  await promisify(execFile)(process.execPath, ["--conditions=@countersign/source", cli, ...args], {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: ca,
      COUNTERSIGN_URL: world.origin,
      COUNTERSIGN_TOKEN: readFileSync(world.folder.tokenFile, "utf8").trim(),
    },
  });
}

/** A phone in software on which this package is installed, and what its app gets from the service. */
async function answerTo(world: DemoWorld, apk: string): Promise<string> {
  const [signingDigest = ""] = apksignerDigests(apk) ?? [];
  const app = { id: "astropiks-lab", version: "1.0.0", build: "100" };
  const device = world.devices.pixel({
    packageName: "dev.countersign.astropiks",
    versionCode: 100,
    signingDigest,
    app,
  });
  const { agent } = world.createAgent(device, { configuration: directConfiguration(world), watch: false });
  try {
    await agent.start();
    const { outcome } = await agent.refresh();
    const sent = await agent.fetch(url(world, world.placeholder)).then(
      ({ status }) => `a picture (${status})`,
      () => "no picture",
    );
    return `${outcome}, ${sent}`;
  } finally {
    agent.stop();
  }
}

/** Changes the app, signs it anew, and installs it on a sound phone. */
export async function repackage(
  world: DemoWorld,
  workshop: ReturnType<typeof createAndroidWorkshop>,
  apk: string,
  folder: string,
): Promise<readonly Attempt[]> {
  await register(world, apk, folder);
  const genuine = await answerTo(world, apk);
  const changed = workshop.repackage(apk, "https://", "http://", "attacker");
  const answered = await answerTo(world, changed);
  return [
    {
      title: "Change the app, build and sign it again, and use it on a sound phone (the genuine app beside it)",
      tool: "apktool, apksigner",
      form: "delivered",
      looked: `genuine: ${genuine}; changed: ${answered}`,
      found: answered.includes("a picture") ? ["a session"] : [],
      asPromised: genuine.startsWith("session, a picture") && answered === "refused, no picture",
    },
  ];
}

/** Sends what stands in the app, from no app at all. */
export async function sendByScript(world: DemoWorld): Promise<readonly Attempt[]> {
  const fetch = createPlatformFetch({ trustedCas: [world.standInCa] });
  const send = async (form: "hard-coded" | "delivered", key: string): Promise<Attempt> => {
    const { status } = await fetch(url(world, key));
    const title = "Call the API from a script, with what stands in the app for the key";
    const found = status === 200 ? ["the API's answer"] : [];
    return toAttempt({ title, tool: "a script", form, looked: `the API answered ${status}`, found });
  };
  return [await send("hard-coded", world.apiKey()), await send("delivered", world.placeholder)];
}
