import { encodeBase64url, toUtf8 } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { createAborter } from "./abort.ts";
import { ChannelError } from "./ports.ts";
import { apiOf, apodKey, createTestBed, type TestBed } from "./testing/test-agent.ts";

const value = "nasa-VALUE-0123456789";
const apod = "https://api.nasa.gov/planetary/apod";
const url = (bed: TestBed): string => `${apod}?api_key=${bed.project.placeholder("nasa")}`;

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe("filling", () => {
  it("fills the declared place alone: a placeholder typed elsewhere goes out as it is, and is told", async () => {
    const bed = createTestBed();
    const told: unknown[] = [];
    bed.agent.on("placeholder_unfilled", (event) => told.push(event));
    const typed = bed.project.placeholder("nasa");
    await bed.agent.fetch(`${apod}?api_key=${typed}&note=${typed}`);
    await bed.agent.fetch("https://api.nasa.gov/notes", {
      method: "POST",
      headers: { "content-type": "application/json", "x-name": typed },
      body: JSON.stringify({ text: typed }),
    });
    expect(bed.sent[0]?.target).toBe(`/planetary/apod?api_key=${value}&note=${typed}`);
    expect(bed.sent[1]?.headers).toContainEqual(["x-name", typed]);
    expect(Buffer.from(bed.sent[1]?.body ?? []).toString()).toBe(JSON.stringify({ text: typed }));
    expect(told).toEqual([
      { secret: "nasa", host: "api.nasa.gov", count: 1 },
      { secret: "nasa", host: "api.nasa.gov", count: 2 },
    ]);
  });

  it("never sends the placeholder where its place matches and no value is at hand", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.secrets = [];
    expect(await codeOf(bed.agent.fetch(url(bed)))).toBe("secret_unavailable");
    expect(bed.sent).toEqual([]);
  });

  it("asks for a secret that the session lacks once, not with every call", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.secrets = [];
    for (let call = 0; call < 5; call += 1) await codeOf(bed.agent.fetch(url(bed)));
    expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/sessions"]);
  });

  it("refuses a value that does not fit its place before anything is sent", async () => {
    const bed = createTestBed();
    bed.project.secrets = [
      {
        name: "nasa",
        value: "two\nlines",
        version: 1,
        mode: "delivered",
        places: [{ ...apodKey, in: "header", name: "x-key" }],
      },
    ];
    const headers = { "x-key": bed.project.placeholder("nasa") };
    expect(await codeOf(bed.agent.fetch(apod, { headers }))).toBe("request_refused");
    expect(bed.sent).toEqual([]);
  });

  it.each([
    "https://api.nasa.gov\\@evil.test/",
    "https://user@api.nasa.gov/planetary/apod",
    "https://api.nasa.gov:444/planetary/apod",
    "http://api.nasa.gov/planetary/apod",
    "https://API.nasa.gov/planetary/apod",
    "https://api.nasa.gov./planetary/apod",
    "https://evil.test/https://api.nasa.gov/",
    "https://api.nasa.gov/planetary/%2e%2e/apod",
    "https://api%2enasa.gov/planetary/apod",
  ])("%s: a registered host in a URL that is not strict is url_refused", async (address) => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const refused = await codeOf(bed.agent.fetch(`${address}?api_key=${bed.project.placeholder("nasa")}`));
    const sentFilled = bed.sent.some((request) => request.target.includes(value));
    expect(sentFilled).toBe(false);
    if (!address.startsWith("https://evil.test/")) expect(refused).toBe("url_refused");
  });

  it("sends an unregistered host's request over the device's own trust, unfilled and counted", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const typed = bed.project.placeholder("nasa");
    await bed.agent.fetch(`https://Example.test/a b?q=${typed}`, { headers: { authorization: `Bearer ${typed}` } });
    expect(bed.sent[0]).toMatchObject({ host: "example.test", port: 443, target: `/a%20b?q=${typed}` });
    expect(bed.sent[0]?.policy).toEqual({ channel: "system", pins: [], roots: [] });
    expect(bed.agent.state().placeholdersUnfilled).toBe(1);
  });

  it("holds each host to the channel of the manifest", async () => {
    const bed = createTestBed();
    bed.project.apis = [
      apiOf(),
      apiOf({ api: "rooted", host: "rooted.test", channel: "roots", pins: [] }),
      apiOf({ api: "open", host: "open.test", channel: "system", pins: [] }),
    ];
    bed.project.roots = [Buffer.from("root").toString("base64url")];
    for (const host of ["api.nasa.gov", "rooted.test", "open.test"]) await bed.agent.fetch(`https://${host}/`);
    expect(bed.sent.map((request) => request.policy.channel)).toEqual(["pins", "roots", "system"]);
    expect(bed.sent[1]?.policy.roots).toEqual([toUtf8("root")]);
  });

  it("refuses a host whose channel this version does not know", async () => {
    const bed = createTestBed();
    bed.project.apis = [{ ...apiOf(), channel: "quantum" as "unknown" }];
    expect(await codeOf(bed.agent.fetch(apod))).toBe("channel_refused");
    expect(bed.sent).toEqual([]);
  });

  it("refuses an API that demands a proof of possession it cannot make", async () => {
    for (const proof of ["dpop", "httpsig"] as const) {
      const bed = createTestBed();
      bed.project.apis = [apiOf({ proof })];
      bed.keys.refuseProofs();
      expect(await codeOf(bed.agent.fetch(apod))).toBe("proof_unsupported");
      expect(bed.sent).toEqual([]);
    }
  });

  it("judges again where the session brought a new manifest", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.apis = [apiOf({ channel: "roots", pins: [] })];
    bed.project.secrets = [
      { name: "nasa", value, version: 1, mode: "delivered", places: [{ ...apodKey, path: "/elsewhere" }] },
    ];
    bed.project.manifestVersion = 2;
    await bed.agent.fetch(url(bed));
    expect(bed.sent[0]).toMatchObject({ target: `/planetary/apod?api_key=${bed.project.placeholder("nasa")}` });
    expect(bed.sent[0]?.policy.channel).toBe("roots");
  });
});

describe("tokens", () => {
  const token = { header: "Authorization", prefix: "Bearer ", bind: [] };

  it("are added where the manifest says, and refreshed with the session", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token })];
    await bed.agent.fetch(apod);
    const first = bed.sent[0]?.headers.find(([name]) => name === "Authorization")?.[1];
    expect(first).toMatch(/^Bearer token\.nasa\.unbound\./);
    await bed.time.advance(301_000);
    await bed.agent.fetch(apod);
    const second = bed.sent[1]?.headers.find(([name]) => name === "Authorization")?.[1];
    expect(second).toMatch(/^Bearer token\.nasa\./);
    expect(second).not.toBe(first);
  });

  it("are bound to the headers that the manifest names", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token: { header: "x-countersign", prefix: "", bind: ["authorization"] } })];
    await bed.agent.fetch(apod, { headers: { Authorization: "Bearer alice" } });
    await bed.agent.fetch(apod, { headers: { Authorization: "Bearer bob" } });
    await bed.agent.fetch(apod);
    const binds = bed.sent.map(
      (request) => request.headers.find(([name]) => name === "x-countersign")?.[1].split(".")[2],
    );
    const alice = encodeBase64url(sha256(toUtf8("Bearer alice")));
    expect(binds[0]).toBe(alice);
    expect(new Set(binds).size).toBe(3);
    expect(binds[2]).toBe("unbound");
  });

  it("are bound to trimmed values with nothing between where the manifest says so", async () => {
    const bed = createTestBed();
    const bind = ["authorization", "x-device"];
    bed.project.apis = [apiOf({ token: { header: "approov-token", prefix: "", bind, binding: "concatenated" } })];
    await bed.agent.fetch(apod, { headers: { Authorization: "Bearer alice ", "X-Device": " 7" } });
    await bed.agent.fetch(apod, { headers: { "X-Device": "7" } });
    const binds = bed.service.statements().map((statement) => statement.asks.tokens[0]?.bind);
    expect(binds.slice(-2)).toEqual(["Bearer alice7", "7"].map((text) => encodeBase64url(sha256(toUtf8(text)))));
  });

  it("never go to another API", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token }), apiOf({ api: "other", host: "other.test" })];
    await bed.agent.fetch(apod);
    await bed.agent.fetch("https://other.test/");
    expect(bed.sent[1]?.headers).toEqual([]);
  });

  it("getToken gives one, and a typed error for an API without", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token })];
    expect(await bed.agent.getToken("nasa")).toMatch(/^token\.nasa\./);
    expect(await codeOf(bed.agent.getToken("unknown"))).toBe("token_unavailable");
  });

  it("may be missing only where the manifest lets the host proceed and no secret may go there", async () => {
    const bed = createTestBed({ options: { patienceSeconds: 0 } });
    bed.project.apis = [
      apiOf({ api: "lenient", host: "lenient.test", token, whenUnavailable: "proceed" }),
      apiOf({ api: "strict", host: "strict.test", token }),
      apiOf({ token, whenUnavailable: "proceed" }),
    ];
    await bed.agent.refresh();
    bed.service.middleman = () => null;
    await bed.time.advance(301_000);
    expect((await bed.agent.fetch("https://lenient.test/")).status).toBe(200);
    expect(bed.sent[0]?.headers).toEqual([]);
    expect(await codeOf(bed.agent.fetch("https://strict.test/"))).toBe("service_unreachable");
    expect(await codeOf(bed.agent.fetch(apod))).toBe("service_unreachable");
    expect(bed.sent).toHaveLength(1);
  });
});

describe("a session", () => {
  it("ends at its time, counted from the sending of the request, and nothing is filled after", async () => {
    const bed = createTestBed({ options: { patienceSeconds: 0 } });
    await bed.agent.fetch(url(bed));
    bed.service.middleman = () => null;
    await bed.time.advance(299_000);
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    await bed.time.advance(1_000);
    expect(bed.agent.state().session).toBeNull();
    expect(await codeOf(bed.agent.fetch(url(bed)))).toBe("service_unreachable");
    expect(bed.sent).toHaveLength(2);
  });

  it("is refreshed once before its end if the app was used, and not otherwise", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.calls.length = 0;
    await bed.time.advance(134_000);
    expect(bed.service.calls).toHaveLength(0);
    await bed.time.advance(32_000);
    expect(bed.service.paths()).toEqual(["/v1/sessions"]);
    await bed.time.advance(3_600_000);
    expect(bed.service.paths()).toEqual(["/v1/sessions"]);
  });

  it("gives a rotated value at the next refresh", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    for (const secret of bed.project.secrets) secret.value = "rotated-VALUE";
    await bed.agent.refresh();
    await bed.agent.fetch(url(bed));
    expect(bed.sent[1]?.target).toBe("/planetary/apod?api_key=rotated-VALUE");
  });

  it("takes 50 hosts and 200 secrets, the most recent 64 at a time", async () => {
    const bed = createTestBed();
    bed.project.apis = Array.from({ length: 50 }, (_, index) => apiOf({ api: `a${index}`, host: `a${index}.test` }));
    bed.project.secrets = Array.from({ length: 200 }, (_, index) => ({
      name: `s${index}`,
      value: `value-${index}`,
      version: 1,
      mode: "delivered" as const,
      places: [{ ...apodKey, api: `a${index % 50}`, name: `k${index}`, path: "/" }],
    }));
    for (let index = 0; index < 200; index += 1) {
      const address = `https://a${index % 50}.test/?k${index}=${bed.project.placeholder(`s${index}`)}`;
      await bed.agent.fetch(address);
      expect(bed.sent.at(-1)?.target).toBe(`/?k${index}=value-${index}`);
    }
    expect(bed.agent.state().session?.secrets).toHaveLength(64);
  });
});

describe("a connection", () => {
  it("whose peer did not prove itself is channel_refused, and the next statement says mitm", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.upstream = () => {
      throw new ChannelError("channel_refused", "pin");
    };
    expect(await codeOf(bed.agent.fetch(url(bed)))).toBe("channel_refused");
    await bed.agent.refresh();
    expect(bed.service.statements().at(-1)?.signals.seen).toMatchObject([{ name: "mitm", count: 1, detail: "nasa" }]);
    await bed.agent.refresh();
    expect(bed.service.statements().at(-1)?.signals.seen).toEqual([]);
  });

  it("that fails is network_failed, without a word of the transport's error", async () => {
    const bed = createTestBed();
    bed.upstream = (request) => {
      throw new Error(`cannot reach ${request.target}`);
    };
    const error = await bed.agent.fetch(url(bed)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "network_failed" });
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain(value);
  });

  it("is given up when the caller aborts, before and after the session is there", async () => {
    const bed = createTestBed();
    const aborter = createAborter();
    aborter.abort();
    expect(await codeOf(bed.agent.fetch(url(bed), { abort: aborter.handle }))).toBe("aborted");
    expect(bed.sent).toEqual([]);
  });
});

describe("misuse", () => {
  it("is a TypeError that names no value", async () => {
    const bed = createTestBed();
    await expect(bed.agent.fetch(apod, { method: "TRACE" })).rejects.toThrow(TypeError);
    await expect(bed.agent.fetch(apod, { headers: { "x-a": "b\r\nx: y" } })).rejects.toThrow(TypeError);
    await expect(bed.agent.fetch(apod, { body: "x" })).rejects.toThrow(TypeError);
    await expect(bed.agent.getToken("Not An Id")).rejects.toThrow(TypeError);
  });

  it("leaves out headers that are the transport's", async () => {
    const bed = createTestBed();
    const headers = { host: "evil.test", "content-length": "5", connection: "x-secret", "x-own": "1" };
    await bed.agent.fetch("https://api.nasa.gov/", { headers });
    expect(bed.sent[0]?.headers).toEqual([["x-own", "1"]]);
  });
});
