import { decodeBase64, parseSignature } from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { createAborter } from "./abort.ts";
import type { RelayRequest } from "./ports.ts";
import { apiOf, apodKey, createTestBed, type TestBed } from "./testing/test-agent.ts";

const value = "nasa-VALUE-0123456789";
const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

function brokeredBed(): TestBed {
  const bed = createTestBed();
  for (const secret of bed.project.secrets) secret.mode = "brokered";
  bed.service.upstream = () => ({ status: 200, headers: [], body: "masked picture" });
  return bed;
}

function header(request: RelayRequest | undefined, name: string): string {
  return request?.headers.find(([each]) => each === name)?.[1] ?? "";
}

/** Verifies a relayed request as the broker does. */
function macVerifies(
  bed: TestBed,
  request: RelayRequest | undefined,
  origin: string = "https://countersign.test",
): boolean {
  if (request === undefined) return false;
  const pass = header(request, "countersign-pass");
  const digest = header(request, "content-digest");
  const received = parseSignature(
    { signatureInput: header(request, "signature-input"), signature: header(request, "signature") },
    {
      method: request.method,
      targetUri: origin + request.path,
      contentDigest: digest === "" ? null : digest,
      header: { name: "countersign-pass", value: pass },
    },
  );
  if (!received.ok) return false;
  const mac = hmacSha256(bed.service.proofKeyOf(pass), received.value.base);
  const age = Math.abs(received.value.created - bed.service.nowMs() / 1000);
  return Buffer.from(mac).equals(Buffer.from(received.value.signature)) && age <= 2;
}

describe("a brokered secret", () => {
  it("never reaches the device: the request goes to the broker, unfilled, with pass and MAC", async () => {
    const bed = brokeredBed();
    const response = await bed.agent.fetch(url(bed));
    expect(await response.text()).toBe("masked picture");
    expect(response.url).toBe(url(bed));
    expect(bed.sent).toEqual([]);
    const [request] = bed.service.relayed;
    expect(request?.path).toBe(
      `/b/${bed.project.project}/nasa/planetary/apod?api_key=${bed.project.placeholder("nasa")}`,
    );
    expect(macVerifies(bed, request)).toBe(true);
    expect(JSON.stringify(bed.service.relayed)).not.toContain(value);
  });

  it("goes to the broker that the signed manifest names, signed for its origin and no other", async () => {
    const bed = brokeredBed();
    bed.project.broker = "https://broker.test:8401";
    await bed.agent.fetch(url(bed));
    const [request] = bed.service.relayed;
    expect(request?.origin).toBe("https://broker.test:8401");
    expect([macVerifies(bed, request, "https://broker.test:8401"), macVerifies(bed, request)]).toEqual([true, false]);
    expect(bed.sent).toEqual([]);
  });

  it("covers the body's digest, and draws a nonce for each request", async () => {
    const bed = brokeredBed();
    bed.project.secrets = [
      { name: "nasa", value, version: 1, mode: "brokered", places: [{ ...apodKey, methods: ["POST"] }] },
    ];
    for (let count = 0; count < 2; count += 1) await bed.agent.fetch(url(bed), { method: "POST", body: "payload" });
    const [first, second] = bed.service.relayed;
    expect(header(first, "content-digest")).toContain("sha-256=:");
    expect(decodeBase64(/:(.*):/.exec(header(first, "content-digest"))?.[1] ?? "")).toEqual(
      sha256(first?.body ?? new Uint8Array(0)),
    );
    expect([macVerifies(bed, first), macVerifies(bed, second)]).toEqual([true, true]);
    expect(header(first, "signature-input")).not.toBe(header(second, "signature-input"));
  });

  it("is given up at once while its pass is renewed", async () => {
    const bed = brokeredBed();
    const aborter = createAborter();
    await bed.agent.prefetch();
    bed.service.upstream = () => ({
      status: 401,
      headers: [["content-type", "application/problem+json"]],
      body: JSON.stringify({ code: "pass_invalid" }),
    });
    bed.service.middleman = () => {
      aborter.abort();
      return new Promise(() => {}) as never;
    };
    await expect(bed.agent.fetch(url(bed), { abort: aborter.handle })).rejects.toMatchObject({ code: "aborted" });
    bed.agent.stop();
  });

  it("is signed by service time, wherever the device's clock stands", async () => {
    const bed = brokeredBed();
    bed.time.leapWall(-20 * 365 * 86_400_000);
    for (let count = 0; count < 3; count += 1) {
      await bed.agent.fetch(url(bed));
      expect(macVerifies(bed, bed.service.relayed.at(-1))).toBe(true);
      await bed.time.advance(100_000);
    }
  });

  it("does not let the app set the headers that authenticate the request", async () => {
    const bed = brokeredBed();
    await bed.agent.fetch(url(bed), { headers: { "Countersign-Pass": "mine", Signature: "mine", "x-own": "1" } });
    const [request] = bed.service.relayed;
    expect(request?.headers.filter(([name]) => name.toLowerCase() === "countersign-pass")).toHaveLength(1);
    expect(header(request, "x-own")).toBe("1");
    expect(macVerifies(bed, request)).toBe(true);
  });

  it("keeps a delivered secret of the same request off the connection to the service: nothing is sent", async () => {
    const bed = brokeredBed();
    bed.project.secrets = [
      ...bed.project.secrets,
      { name: "user", value: "user-VALUE", version: 1, mode: "delivered", places: [{ ...apodKey, name: "user" }] },
    ];
    const mixed = bed.agent.fetch(`${url(bed)}&user=${bed.project.placeholder("user")}`);
    await expect(mixed).rejects.toMatchObject({ code: "secret_unavailable" });
    expect([bed.service.relayed, bed.sent]).toEqual([[], []]);
    // The same two apart: each goes its own way.
    await bed.agent.fetch(url(bed));
    await bed.agent.fetch(`https://api.nasa.gov/planetary/apod?user=${bed.project.placeholder("user")}`);
    expect([bed.service.relayed.length, bed.sent[0]?.target]).toEqual([1, "/planetary/apod?user=user-VALUE"]);
  });

  it.each(["https://evil.test/", "/b/other/nasa/x", "/admin/v1/status", "//evil.test/", "", "own"])(
    "does not follow a broker's redirect to %j: a MAC is for what the app asked",
    async (to) => {
      const bed = brokeredBed();
      const location = to === "own" ? `/b/${bed.project.project}/nasa/planetary/apod/export` : to;
      bed.service.upstream = () => ({ status: 307, headers: [["location", location]], body: "" });
      await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "redirect_refused" });
      expect([bed.service.relayed.length, bed.sent.length]).toEqual([1, 0]);
    },
  );

  it.each(["pass_invalid", "signature_invalid", "request_replayed", "pass_withdrawn"])(
    "refreshes once on %s and tries again with a new signature, no more",
    async (code) => {
      const bed = brokeredBed();
      const status = code === "request_replayed" ? 409 : code === "pass_withdrawn" ? 403 : 401;
      bed.service.upstream = () => ({
        status,
        headers: [["content-type", "application/problem+json"]],
        body: JSON.stringify({ code }),
      });
      const response = await bed.agent.fetch(url(bed));
      expect([response.status, await response.json()]).toEqual([status, { code }]);
      expect(bed.service.relayed).toHaveLength(2);
      expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/sessions"]);
    },
  );

  it("is repeated as it is judged by then: an old target never goes out again", async () => {
    const bed = brokeredBed();
    bed.service.upstream = () => {
      if (bed.service.relayed.length > 1) return { status: 200, headers: [], body: "" };
      bed.project.apis = [apiOf({ api: "moved" })];
      bed.project.secrets = bed.project.secrets.map((each) => ({ ...each, places: [{ ...apodKey, api: "moved" }] }));
      bed.project.manifestVersion += 1;
      const headers: [string, string][] = [["content-type", "application/problem+json"]];
      return { status: 401, headers, body: JSON.stringify({ code: "pass_invalid" }) };
    };
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    expect(bed.service.relayed.map(({ path }) => path.split("/")[3])).toEqual(["nasa", "moved"]);
    expect(macVerifies(bed, bed.service.relayed[1])).toBe(true);
  });

  it("hands an upstream's own problem to the app, whole", async () => {
    const bed = brokeredBed();
    bed.service.upstream = () => ({
      status: 401,
      headers: [["content-type", "application/problem+json"]],
      body: JSON.stringify({ code: "their_own", padding: "x".repeat(50_000) }),
    });
    expect(await (await bed.agent.fetch(url(bed))).json()).toMatchObject({ code: "their_own" });
    expect(bed.service.relayed).toHaveLength(1);
  });

  it("that becomes delivered is sent to the API itself from the next session on", async () => {
    const bed = brokeredBed();
    await bed.agent.fetch(url(bed));
    for (const secret of bed.project.secrets) secret.mode = "delivered";
    await bed.agent.refresh();
    await bed.agent.fetch(url(bed));
    expect([bed.service.relayed.length, bed.sent.length]).toEqual([1, 1]);
  });

  it("keeps the API's token off the connection to the service: nothing is sent", async () => {
    const bed = brokeredBed();
    bed.project.apis = [apiOf({ token: { header: "authorization", prefix: "Bearer ", bind: [] } })];
    await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "token_unavailable" });
    expect([bed.service.relayed, bed.sent]).toEqual([[], []]);
    await bed.agent.fetch("https://api.nasa.gov/planetary/apod");
    expect(bed.sent[0]?.headers.find(([name]) => name === "authorization")?.[1]).toMatch(/^Bearer token\.nasa\./);
  });
});
