import { afterEach, describe, expect, it } from "vitest";
import type { AdapterOptions } from "../adapter/adapter-options.ts";
import { createVerifier } from "../index.ts";
import { provenRequest } from "./corpus/dpop-cases.ts";
import { carrying, get, tokenOf } from "./corpus/forge.ts";
import { signedRequest } from "./corpus/http-signature-cases.ts";
import type { CorpusRequest } from "./corpus/index.ts";
import { keys } from "./corpus/world.ts";
import { sendRaw } from "./send-raw.ts";
import { bodyDigest, type GuardedServer } from "./servers/guarded-server.ts";
import { servers } from "./servers/index.ts";
import { type SettingName, toOptions } from "./settings.ts";

const bodyLimitBytes = 1024;
const large = "x".repeat(200_000);
const none = new Uint8Array(0);

const preflight: CorpusRequest = {
  ...get(["Origin", "https://app.example"], ["Access-Control-Request-Method", "POST"]),
  method: "OPTIONS",
};

describe.each(servers)("the adapter of %s", (_, open) => {
  const opened: GuardedServer[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((server) => server.close()));
  });

  async function start(setting: SettingName, options?: AdapterOptions): Promise<number> {
    const server = await open(createVerifier(toOptions(setting)), options);
    opened.push(server);
    return server.port;
  }

  it("leaves the verification on what it lets pass", async () => {
    const answer = await sendRaw(await start("es256"), carrying(tokenOf()));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`${bodyDigest(none)} verified`);
  });

  it("lets everything pass in monitor mode, with what it found", async () => {
    const port = await start("es256", { mode: "monitor" });
    for (const [request, found] of [
      [get(), "token_missing"],
      [carrying(tokenOf({ key: keys.stranger })), "signature_invalid"],
      [carrying(tokenOf()), "verified"],
    ] as const) {
      const answer = await sendRaw(port, request);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(found);
    }
  });

  it("answers every refusal alike, as a problem that is not to be stored", async () => {
    const port = await start("es256");
    const answers = await Promise.all(
      [get(), carrying(tokenOf({ key: keys.stranger }))].map((each) => sendRaw(port, each)),
    );
    const [first, second] = answers.map(({ text }) => text.replace(/\r\nDate: [^\r]*/i, ""));
    expect(first).toBe(second);
    expect(first).toContain('{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_refused"}');
    expect(first).toMatch(/\r\nwww-authenticate: Bearer\r\n/i);
  });

  it("names the reason where it is told to", async () => {
    const answer = await sendRaw(await start("es256", { reveal: true, challenge: "Countersign" }), get());
    expect(answer.text).toContain('"reason":"token_missing"');
    expect(answer.text).toMatch(/\r\nwww-authenticate: Countersign\r\n/i);
  });

  it("answers HEAD without a body", async () => {
    const port = await start("es256");
    const refused = await sendRaw(port, { ...get(), method: "HEAD" });
    expect(refused.status).toBe(401);
    expect(refused.text).toMatch(/\r\n\r\n$/);
    expect((await sendRaw(port, { ...carrying(tokenOf()), method: "HEAD" })).status).toBe(200);
  });

  it("refuses preflights unless it is told to skip them, and skips nothing else", async () => {
    expect((await sendRaw(await start("es256"), preflight)).status).toBe(401);
    const port = await start("es256", { skip: "preflights" });
    const skipped = await sendRaw(port, preflight);
    expect(skipped.status).toBe(200);
    expect(skipped.text).toContain("unverified");
    expect((await sendRaw(port, { ...get(["Origin", "https://app.example"]), method: "OPTIONS" })).status).toBe(401);
    expect((await sendRaw(port, { ...preflight, method: "GET" })).status).toBe(401);
    expect((await sendRaw(port, { ...preflight, method: "POST" })).status).toBe(401);
  });

  it("tells a client the nonce that its proof must have", async () => {
    const answer = await sendRaw(await start("dpop-nonce"), provenRequest());
    expect(answer.status).toBe(401);
    expect(answer.text).toMatch(/\r\nwww-authenticate: DPoP error="use_dpop_nonce", algs="ES256"\r\n/i);
    expect(answer.text).toMatch(/\r\ndpop-nonce: [A-Za-z0-9_-]{20,}\r\n/i);
  });

  it.each([
    ["in one piece", false],
    ["in chunks", true],
  ])("hands on whole a body that came %s and that a proof covers", async (_name, chunked) => {
    const port = await start("httpsig");
    for (const body of ["{}", large]) {
      const answer = await sendRaw(port, signedRequest({ body }), chunked);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(`${bodyDigest(Buffer.from(body))} verified`);
    }
  });

  it("takes an empty chunked body for none", async () => {
    const request = { ...signedRequest({ method: "POST" }), body: none };
    const answer = await sendRaw(await start("httpsig"), request, true);
    expect(answer.text).toContain(`${bodyDigest(none)} verified`);
  });

  it.each([
    ["in one piece", false],
    ["in chunks", true],
  ])("refuses a body over the limit that came %s, and hands it on whole in monitor mode", async (_name, chunked) => {
    const enforcing = await start("httpsig", { bodyLimitBytes, reveal: true });
    const refused = await sendRaw(enforcing, signedRequest({ body: large }), chunked);
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('"reason":"body_unavailable"');
    const monitoring = await start("httpsig", { bodyLimitBytes, mode: "monitor" });
    const passed = await sendRaw(monitoring, signedRequest({ body: large }), chunked);
    expect(passed.text).toContain(`${bodyDigest(Buffer.from(large))} body_unavailable`);
  });

  it("does not read a body that no proof covers", async () => {
    const request = { ...carrying(tokenOf()), method: "POST", body: Buffer.from(large) };
    const answer = await sendRaw(await start("es256", { bodyLimitBytes }), request);
    expect(answer.text).toContain(`${bodyDigest(Buffer.from(large))} verified`);
  });

  it("takes no options that are not of their documented values", async () => {
    for (const options of [
      { mode: "off" },
      { mode: "Monitor" },
      { reveal: "no" },
      { skip: "all" },
      { bodyLimitBytes: -1 },
      { bodyLimitBytes: Number.NaN },
      { challenge: "a\r\nb" },
    ]) {
      await expect((async () => open(createVerifier(toOptions("es256")), options as AdapterOptions))()).rejects.toThrow(
        TypeError,
      );
    }
  });
});
