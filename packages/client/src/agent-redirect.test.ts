import { describe, expect, it } from "vitest";
import { nextRequest, resolveLocation } from "./fetch/redirect.ts";
import type { ChannelRequest } from "./ports.ts";
import { apiOf, createTestBed, type TestBed } from "./testing/test-agent.ts";

const value = "nasa-VALUE-0123456789";
const token = { header: "authorization", prefix: "Bearer ", bind: [] };
const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

/** Answers the n-th request with the n-th redirect, then 200. */
function redirecting(bed: TestBed, ...hops: readonly (readonly [number, string])[]): void {
  bed.upstream = (): ReturnType<TestBed["upstream"]> => {
    const hop = hops[bed.sent.length - 1];
    return hop === undefined ? { status: 200, body: "end" } : { status: hop[0], headers: [["Location", hop[1]]] };
  };
}

async function refusedBy(bed: TestBed): Promise<unknown> {
  return bed.agent.fetch(url(bed)).then(
    (response) => response.status,
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

function carriesValue(request: ChannelRequest | undefined): boolean {
  return JSON.stringify([request?.target, request?.headers, Buffer.from(request?.body ?? []).toString()]).includes(
    value,
  );
}

describe("a redirect", () => {
  it("of the same origin is built again from the unfilled request: the place decides anew", async () => {
    const bed = createTestBed();
    const placeholder = bed.project.placeholder("nasa");
    redirecting(bed, [302, `/planetary/apod/today?api_key=${placeholder}`], [302, `/elsewhere?api_key=${placeholder}`]);
    const response = await bed.agent.fetch(url(bed));
    expect(bed.sent.map((request) => request.target)).toEqual([
      `/planetary/apod?api_key=${value}`,
      `/planetary/apod/today?api_key=${value}`,
      `/elsewhere?api_key=${placeholder}`,
    ]);
    expect(response.url).toBe(`https://api.nasa.gov/elsewhere?api_key=${placeholder}`);
    expect(response.redirected).toBe(true);
  });

  it("to a foreign host carries nothing added: no secret, no token, no header that authenticates a user", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token })];
    redirecting(bed, [302, "https://evil.test/collect"]);
    await bed.agent.fetch(url(bed), { headers: { cookie: "session=1", "x-plain": "1" } });
    expect(bed.sent[1]).toMatchObject({ host: "evil.test", target: "/collect", headers: [["x-plain", "1"]] });
    expect(carriesValue(bed.sent[1])).toBe(false);
    expect(bed.sent[1]?.policy.channel).toBe("system");
  });

  it("to another protected API is held to its channel and carries nothing added", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token }), apiOf({ api: "other", host: "other.test", channel: "pins", token })];
    redirecting(bed, [302, "https://other.test/x"]);
    await bed.agent.fetch(url(bed));
    expect(bed.sent[1]).toMatchObject({ host: "other.test", headers: [] });
    expect(bed.sent[1]?.policy.channel).toBe("pins");
  });

  it("away and back again carries nothing added either", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token })];
    redirecting(bed, [302, "https://evil.test/"], [302, "https://api.nasa.gov/elsewhere"]);
    await bed.agent.fetch(url(bed));
    expect(bed.sent[2]?.headers).toEqual([]);
  });

  it("that leads away and back to a place is refused", async () => {
    const bed = createTestBed();
    redirecting(bed, [302, "https://evil.test/"], [302, url(bed)]);
    expect(await refusedBy(bed)).toBe("redirect_refused");
    expect(bed.sent).toHaveLength(2);
  });

  it.each([
    "http://api.nasa.gov/planetary/apod",
    "http://evil.test/",
    "ftp://evil.test/",
    "javascript:alert(1)",
    "file:///etc/passwd",
  ])("to %s is refused", async (location) => {
    const bed = createTestBed();
    redirecting(bed, [302, location]);
    expect(await refusedBy(bed)).toBe("redirect_refused");
    expect(bed.sent).toHaveLength(1);
  });

  it.each([
    ["raw", value],
    ["percent-encoded", Buffer.from(value).toString("hex").replace(/../g, "%$&")],
    ["base64", Buffer.from(value).toString("base64")],
    ["base64url inside a longer text", Buffer.from(`{"key":"${value}"}`).toString("base64url")],
    ["escaped in JSON", Buffer.from(value).toString("hex").replace(/../g, "\\u00$&")],
  ])("whose Location holds the value %s is refused", async (_form, shown) => {
    const bed = createTestBed();
    redirecting(bed, [302, `https://evil.test/?k=${shown}`]);
    expect(await refusedBy(bed)).toBe("redirect_refused");
    expect(bed.sent).toHaveLength(1);
  });

  it("whose Location holds the token is refused, on a later hop too", async () => {
    const bed = createTestBed();
    bed.project.apis = [apiOf({ token })];
    bed.upstream = () => {
      const first = bed.sent[0]?.headers.find(([name]) => name === "authorization")?.[1].slice("Bearer ".length) ?? "";
      const location = bed.sent.length === 1 ? "https://evil.test/" : `https://evil.test/?t=${first}`;
      return bed.sent.length < 3 ? { status: 302, headers: [["location", location]] } : { status: 200 };
    };
    expect(await refusedBy(bed)).toBe("redirect_refused");
    expect(bed.sent).toHaveLength(2);
  });

  it("is followed five times, not six", async () => {
    const five = createTestBed();
    redirecting(five, ...Array.from({ length: 5 }, () => [307, "/loop"] as const));
    expect(await refusedBy(five)).toBe(200);
    const six = createTestBed();
    redirecting(six, ...Array.from({ length: 6 }, () => [307, "/loop"] as const));
    expect(await refusedBy(six)).toBe("redirect_refused");
    expect(six.sent).toHaveLength(6);
  });

  it("to a URL that is not strict is refused where a registered host stands in it", async () => {
    const bed = createTestBed();
    redirecting(bed, [302, "https://api.nasa.gov@evil.test/"]);
    expect(["url_refused", "redirect_refused"]).toContain(await refusedBy(bed));
    expect(bed.sent).toHaveLength(1);
  });

  it("is not followed after stop", async () => {
    const bed = createTestBed();
    bed.upstream = () => {
      if (bed.sent.length === 1) bed.agent.stop();
      return bed.sent.length < 4 ? { status: 302, headers: [["location", "/planetary/apod/on"]] } : { status: 200 };
    };
    expect(await refusedBy(bed)).toBe("stopped");
    expect(bed.sent).toHaveLength(1);
  });

  it("without a Location is handed to the app", async () => {
    const bed = createTestBed();
    bed.upstream = () => ({ status: 304 });
    expect(await refusedBy(bed)).toBe(304);
  });
});

describe("the method of the next hop", () => {
  const post = {
    url: "https://a.test/",
    method: "POST",
    headers: [
      ["content-type", "text/plain"],
      ["x-own", "1"],
    ] as const,
    body: Uint8Array.of(1),
    stream: null,
  };

  it("becomes GET without a body after 303, and after 301 and 302 to a POST", () => {
    for (const status of [301, 302, 303]) {
      expect(nextRequest(post, status, "https://a.test/b")).toEqual({
        url: "https://a.test/b",
        method: "GET",
        headers: [["x-own", "1"]],
        body: null,
        stream: null,
      });
    }
    expect(nextRequest({ ...post, method: "PUT" }, 303, "https://a.test/b").method).toBe("GET");
  });

  it("stays with its body after 307 and 308, and for other methods after 301 and 302", () => {
    for (const status of [307, 308]) {
      expect(nextRequest(post, status, "https://a.test/b")).toEqual({ ...post, url: "https://a.test/b" });
    }
    expect(nextRequest({ ...post, method: "PUT" }, 302, "https://a.test/b").method).toBe("PUT");
    expect(nextRequest({ ...post, method: "HEAD" }, 303, "https://a.test/b").method).toBe("HEAD");
  });
});

describe("a Location", () => {
  // RFC 3986 section 5.4, with an https base.
  it.each([
    ["g", "https://a.test/b/c/g"],
    ["./g", "https://a.test/b/c/g"],
    ["g/", "https://a.test/b/c/g/"],
    ["/g", "https://a.test/g"],
    ["//g.test", "https://g.test/"],
    ["?y", "https://a.test/b/c/d;p?y"],
    ["g?y", "https://a.test/b/c/g?y"],
    ["", "https://a.test/b/c/d;p?q"],
    [".", "https://a.test/b/c/"],
    ["..", "https://a.test/b/"],
    ["../g", "https://a.test/b/g"],
    ["../../g", "https://a.test/g"],
    ["../../../g", "https://a.test/g"],
    ["/./g", "https://a.test/g"],
    ["/../g", "https://a.test/g"],
    ["g?y/../x", "https://a.test/b/c/g?y/../x"],
    ["g#s/../x", "https://a.test/b/c/g"],
    ["https://x.test/a/../b", "https://x.test/b"],
    ["HTTPS://x.test", "https://x.test/"],
    ["http://x.test/", null],
    ["mailto:a@b", null],
  ])("%j resolves to %j", (location, resolved) => {
    expect(resolveLocation("https://a.test/b/c/d;p?q", location)).toBe(resolved);
  });
});
