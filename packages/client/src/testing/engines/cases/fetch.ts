import { decodeBase64url, fromUtf8, parseSignature, toUtf8 } from "@countersign/protocol";
import { verifyEs256 } from "@countersign/protocol/server";
import { createAborter } from "../../../abort.ts";
import type { TestBed } from "../../test-agent.ts";
import { type Cases, equal, failsWith, holds } from "../assert.ts";
import { apiOf, apod, apodKey, apodUrl, createBed, headerOf, placeSecret, secretValue, token } from "../bed.ts";

/** Answers the n-th request with the n-th redirect, then 200. */
function redirecting(bed: TestBed, ...locations: readonly string[]): void {
  bed.upstream = () => {
    const location = locations[bed.sent.length - 1];
    return location === undefined ? { status: 200, body: "end" } : { status: 302, headers: [["Location", location]] };
  };
}

const json = { "content-type": "application/json" };

/** Requests of the app: filled, left alone, refused, redirected, proven. */
export const fetchCases: Cases = {
  async "fills a query, a header and a member of JSON"() {
    const bed = createBed();
    const place = { api: "nasa", methods: ["POST"], path: "/", when: "placeholder" } as const;
    placeSecret(
      bed,
      { ...place, in: "query", name: "api_key" },
      { ...place, in: "header", name: "X-Key" },
      { ...place, in: "json", name: "/deep/key" },
    );
    const typed = bed.project.placeholder("nasa");
    const body = JSON.stringify({ n: 1e3, deep: { key: typed }, text: "ü 🚀" });
    await bed.agent.fetch(`${apod}?a=1&api_key=${typed}`, {
      method: "POST",
      headers: { ...json, "x-key": typed },
      body,
    });
    const [sent] = bed.sent;
    equal(sent?.target, `/planetary/apod?a=1&api_key=${secretValue}`);
    equal(headerOf(sent, "x-key"), secretValue);
    equal(fromUtf8(sent?.body ?? new Uint8Array(0)), body.replace(typed, secretValue));
  },

  async "leaves a placeholder that a user typed elsewhere as it is, and tells of it"() {
    const bed = createBed();
    const told: unknown[] = [];
    bed.agent.on("placeholder_unfilled", (event) => told.push(event));
    const typed = bed.project.placeholder("nasa");
    await bed.agent.fetch(`${apodUrl(bed)}&note=${typed}`);
    await bed.agent.fetch(`https://example.test/a b?q=${typed}`);
    equal(bed.sent[0]?.target, `/planetary/apod?api_key=${secretValue}&note=${typed}`);
    equal([bed.sent[1]?.target, bed.sent[1]?.policy.channel], [`/a%20b?q=${typed}`, "system"]);
    equal(told.length, 2);
  },

  async "never sends a placeholder where its place matches and no value is at hand"() {
    const bed = createBed();
    await bed.agent.refresh();
    bed.project.secrets = [];
    await failsWith(bed.agent.fetch(apodUrl(bed)), "secret_unavailable");
    equal(bed.sent, []);
  },

  async "refuses a value that does not fit its place"() {
    const bed = createBed();
    for (const secret of bed.project.secrets) secret.value = "two\nlines";
    placeSecret(bed, { ...apodKey, in: "header", name: "x-key" });
    await failsWith(
      bed.agent.fetch(apod, { headers: { "x-key": bed.project.placeholder("nasa") } }),
      "request_refused",
    );
    equal(bed.sent, []);
  },

  async "gives a handle that stands for a secret and shows only its placeholder"() {
    const bed = createBed();
    const handle = await bed.agent.getSecret("nasa");
    equal(
      [String(handle), JSON.stringify({ handle })],
      [bed.project.placeholder("nasa"), JSON.stringify({ handle: bed.project.placeholder("nasa") })],
    );
    await bed.agent.fetch(`${apod}?api_key=${handle}`);
    equal(bed.sent[0]?.target, `/planetary/apod?api_key=${secretValue}`);
  },

  async "follows a redirect of the same origin, built again from the unfilled request"() {
    const bed = createBed();
    redirecting(bed, `/planetary/apod/today?api_key=${bed.project.placeholder("nasa")}`);
    const response = await bed.agent.fetch(apodUrl(bed));
    equal(bed.sent[1]?.target, `/planetary/apod/today?api_key=${secretValue}`);
    equal([response.redirected, response.url.includes(secretValue)], [true, false]);
  },

  async "adds nothing to a redirect that leaves the origin"() {
    const bed = createBed();
    bed.project.apis = [apiOf({ token })];
    redirecting(bed, "https://evil.test/collect");
    await bed.agent.fetch(apodUrl(bed), { headers: { cookie: "session=1", "x-plain": "1" } });
    equal([bed.sent[1]?.target, bed.sent[1]?.headers], ["/collect", [["x-plain", "1"]]]);
  },

  async "refuses a redirect that carries the secret away, or leads to plain http"() {
    for (const location of [`https://evil.test/?k=${secretValue}`, "http://api.nasa.gov/planetary/apod"]) {
      const bed = createBed();
      redirecting(bed, location);
      await failsWith(bed.agent.fetch(apodUrl(bed)), "redirect_refused");
      equal(bed.sent.length, 1);
    }
  },

  async "adds the API's token, one that counts once to one request alone"() {
    const bed = createBed();
    bed.project.apis = [apiOf({ token: { ...token, limitedUse: true } })];
    await Promise.all(["/a", "/b", "/c"].map((path) => bed.agent.fetch(`https://api.nasa.gov${path}`)));
    const tokens = bed.sent.map((request) => headerOf(request, "authorization") ?? "");
    holds(
      tokens.every((each) => each.startsWith("Bearer token.nasa.unbound.")),
      "every request has a token",
    );
    equal(new Set(tokens).size, 3);
  },

  async "proves a request by DPoP, and answers a nonce once"() {
    const bed = createBed();
    bed.project.apis = [apiOf({ token, proof: "dpop" })];
    bed.upstream = () => ({ status: bed.sent.length === 1 ? 401 : 200, headers: [["DPoP-Nonce", "nonce-1"]] });
    equal((await bed.agent.fetch("https://api.nasa.gov/a?b=c", { method: "POST", body: "x" })).status, 200);
    const claims = bed.sent.map((request) => {
      const [, payload] = (headerOf(request, "dpop") ?? "").split(".");
      return JSON.parse(fromUtf8(decodeBase64url(payload ?? "") ?? toUtf8("{}")) ?? "{}") as Record<string, unknown>;
    });
    equal(
      claims.map(({ htm, htu, nonce }) => [htm, htu, nonce]),
      [
        ["POST", "https://api.nasa.gov/a", undefined],
        ["POST", "https://api.nasa.gov/a", "nonce-1"],
      ],
    );
  },

  async "signs a request so that the API can verify method, target, body and token"() {
    const bed = createBed();
    bed.project.apis = [apiOf({ token, proof: "httpsig" })];
    await bed.agent.fetch("https://api.nasa.gov/notes?x=1", { method: "POST", body: '{"hello": "world"}' });
    const [sent] = bed.sent;
    const received = parseSignature(
      { signatureInput: headerOf(sent, "signature-input") ?? "", signature: headerOf(sent, "signature") ?? "" },
      {
        method: "POST",
        targetUri: "https://api.nasa.gov/notes?x=1",
        contentDigest: headerOf(sent, "content-digest"),
        header: { name: "authorization", value: headerOf(sent, "authorization") ?? "" },
      },
    );
    if (!received.ok) throw new Error("the signature has no form");
    const point = decodeBase64url(bed.service.statements()[0]?.instanceKey ?? "") ?? new Uint8Array(0);
    equal(verifyEs256(point, received.value.base, received.value.signature), true);
    equal(headerOf(sent, "content-digest"), "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
  },

  async "sends a brokered secret's request to the broker, unfilled"() {
    const bed = createBed();
    for (const secret of bed.project.secrets) secret.mode = "brokered";
    bed.service.upstream = () => ({ status: 200, headers: [], body: "masked picture" });
    equal(await (await bed.agent.fetch(apodUrl(bed))).text(), "masked picture");
    equal(bed.sent, []);
    holds(!JSON.stringify(bed.service.relayed).includes(secretValue), "the value stayed with the service");
  },

  async "takes a body in pieces, and gives an answer in pieces"() {
    const bed = createBed();
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield toUtf8("one ");
      yield toUtf8("two");
    }
    const response = await bed.agent.fetch("https://api.nasa.gov/upload", { method: "PUT", body: pieces() });
    equal(fromUtf8(bed.sent[0]?.body ?? new Uint8Array(0)), "one two");
    let text = "";
    for await (const part of response.body) text += fromUtf8(part);
    equal(text, "picture");
  },

  async "gives up a request that the app gave up, and stops for ever when told"() {
    const bed = createBed();
    const aborter = createAborter();
    aborter.abort();
    await failsWith(bed.agent.fetch(apodUrl(bed), { abort: aborter.handle }), "aborted");
    bed.agent.stop();
    await failsWith(bed.agent.fetch(apodUrl(bed)), "stopped");
    equal(bed.sent, []);
  },

  async "leaves an excluded address alone, unless a placeholder stands in it"() {
    const bed = createBed({ options: { exclude: [/^https:\/\/api\.nasa\.gov\//] } });
    bed.project.apis = [apiOf({ token })];
    await bed.agent.fetch("https://api.nasa.gov/public");
    equal([bed.sent[0]?.policy.channel, bed.sent[0]?.headers, bed.service.calls.length], ["system", [], 0]);
    await bed.agent.fetch(apodUrl(bed));
    equal([bed.sent[1]?.policy.channel, bed.sent[1]?.target], ["pins", `/planetary/apod?api_key=${secretValue}`]);
  },
};
