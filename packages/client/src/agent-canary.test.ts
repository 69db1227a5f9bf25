import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { LogEntry } from "./log/agent-log.ts";
import { clientAttestation } from "./proofs/client-attestation.ts";
import { apiOf, apodKey, createTestBed, type TestBed } from "./testing/test-agent.ts";
import { valuesOf } from "./values/app-values.ts";

/** A text in the forms a leak would take. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [text, bytes.toString("base64").replace(/=*$/, ""), bytes.toString("hex"), encodeURIComponent(text)];
}

function holdsAny(shown: string, texts: readonly string[]): string | null {
  return texts.find((text) => formsOf(text).some((form) => shown.includes(form))) ?? null;
}

/** What the app keeps on the device. */
const kept = "note-VALUE-of-the-app";

async function busyBed(): Promise<{ bed: TestBed; shown: () => Promise<string> }> {
  const seen: unknown[] = [];
  const log = { level: "debug", sink: (entry: LogEntry): void => void seen.push(entry) } as const;
  const bed = createTestBed({ options: { log } });
  bed.project.apis = [
    apiOf({ token: { header: "authorization", prefix: "Bearer ", bind: [] } }),
    apiOf({ api: "relayed", host: "relayed.test" }),
    apiOf({
      api: "proven",
      host: "proven.test",
      token: { header: "authorization", prefix: "DPoP ", bind: [], limitedUse: true },
      proof: "dpop",
    }),
  ];
  bed.project.secrets.push({
    name: "spare",
    value: "spare-VALUE-9876543210",
    version: 3,
    mode: "brokered",
    places: [{ ...apodKey, api: "relayed", name: "spare" }],
  });
  for (const name of ["session", "refused", "error", "changed", "placeholder_unfilled", "coverage"] as const) {
    bed.agent.on(name, (event) => seen.push(event));
  }
  const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
  seen.push(await bed.agent.fetch(url));
  const relayed = `https://relayed.test/planetary/apod?spare=${bed.project.placeholder("spare")}`;
  seen.push(await bed.agent.fetch(relayed));
  seen.push(await bed.agent.fetch(`${relayed}&api_key=${bed.project.placeholder("nasa")}`));
  bed.project.oauthClients = ["client"];
  seen.push(await bed.agent.fetch("https://proven.test/"));
  // What it gives is for the app to send; that the call leaves nothing elsewhere is looked at here.
  await clientAttestation(bed.agent, { clientId: "client", audience: "https://as.example" });
  bed.service.customClaims = ["nasa"];
  const values = valuesOf(bed.agent);
  await values.set("note", kept);
  await values.get("note");
  await bed.agent.getCustomToken("nasa", { seat: 7 });
  seen.push(values, await bed.agent.getSecret("nasa"));
  bed.upstream = (request) => {
    throw new Error(`failed at ${request.target} ${JSON.stringify(request.headers)}`);
  };
  seen.push(await bed.agent.fetch(url).catch((error: unknown) => error));
  seen.push(await bed.agent.fetch("https://proven.test/").catch((error: unknown) => error));
  bed.upstream = (request) => ({ status: 302, headers: [["location", `https://evil.test${request.target}`]] });
  seen.push(await bed.agent.fetch(url).catch((error: unknown) => error));
  bed.service.middleman = () => null;
  seen.push(await bed.agent.refresh().catch((error: unknown) => error));
  const stored = async (): Promise<string[]> => {
    const names = ["instance", "keys", "manifest", "confirmed", "values", "value.note"];
    const prefix = `countersign.${bed.project.project}.${bed.project.app}.`;
    return Promise.all(names.map(async (name) => (await bed.storage.read(prefix + name)) ?? ""));
  };
  const shown = async (): Promise<string> =>
    [
      inspect(seen, { depth: 12, showHidden: true, maxArrayLength: null }),
      JSON.stringify(seen),
      inspect(bed.agent, { depth: 12, showHidden: true }),
      JSON.stringify(bed.agent.state()),
      ...seen.map((each) => (each instanceof Error ? `${each.stack}` : "")),
      ...(await stored()),
    ].join("\n");
  return { bed, shown };
}

describe("secrets, tokens, passes, proof keys, and values with their keys", () => {
  it("stand in no state, event, log, error, response, inspection or storage", async () => {
    const { bed, shown } = await busyBed();
    const credential = (
      JSON.parse(
        (await bed.storage.read(`countersign.${bed.project.project}.${bed.project.app}.instance`)) ?? "{}",
      ) as { credential: string }
    ).credential;
    expect((await shown()).includes("event: 'request'")).toBe(true);
    const sealed = bed.service.sealedTexts();
    const valueKeys = sealed.filter((text) => /^[A-Za-z0-9_-]{43}$/.test(text));
    expect(valueKeys.length).toBeGreaterThan(1);
    expect(holdsAny(await shown(), [kept])).toBeNull();
    const secret = sealed.filter((text) => text !== "" && !/^[A-Za-z0-9_-]{200,}$/.test(text));
    const passes = bed.service.sealedTexts().filter((text) => text.length >= 200 && text !== credential);
    expect(secret.length).toBeGreaterThan(3);
    expect(holdsAny(await shown(), secret)).toBeNull();
    const printed = (await shown()).split("\n").filter((line) => !line.includes('"credential"'));
    expect(holdsAny(printed.join("\n"), passes)).toBeNull();
  });

  it("would be found there if they leaked: the search finds a planted value in each form", () => {
    for (const form of formsOf("nasa-VALUE-0123456789")) {
      expect(holdsAny(`before ${form} after`, ["nasa-VALUE-0123456789"])).not.toBeNull();
    }
  });

  it("are gone after stop, and nothing is sent any more", async () => {
    const { bed } = await busyBed();
    const count = bed.sent.length;
    bed.agent.stop();
    expect(bed.agent.state()).toMatchObject({ phase: "stopped", session: null });
    await expect(bed.agent.fetch("https://api.nasa.gov/")).rejects.toMatchObject({ code: "stopped" });
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "stopped" });
    await bed.time.advance(3_600_000);
    expect(bed.sent).toHaveLength(count);
  });
});
