import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AwsCredentials, parseAwsCredentials } from "./aws-credentials.ts";
import { faultOfAws } from "./aws-verifier.suite.ts";
import { call, closeBrokerLab, openBrokerLab, pass, resetBrokerLab, state } from "./broker-lab.suite.ts";
import type { RequestToSign } from "./make-mac.ts";
import { signAws } from "./sign-aws.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);

const documented: AwsCredentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const temporary: AwsCredentials = { ...documented, sessionToken: "FwoGZXIvYXdzEXAMPLE//TOKEN+of/a==" };
const processor = { kind: "aws-sigv4", region: "us-east-1", service: "s3" } as const;

const request = (more: Partial<RequestToSign> = {}): RequestToSign => ({
  method: "GET",
  host: "examplebucket.s3.amazonaws.com",
  path: "/",
  query: "",
  headers: [],
  body: null,
  ...more,
});

describe("signing with keys of AWS", () => {
  const documentedAtMs = Date.UTC(2013, 4, 24);

  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  test.each([
    ["lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    ["max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ])("gives the signature that AWS documents for ?%s", async (query, signature) => {
    const signed = await signAws(processor, documented, request({ query }), documentedAtMs);
    expect(signed?.query).toBe(query);
    expect(signed?.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    );
    expect(signed?.signature).toBe(signature);
  });

  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const asSent = fc.oneof(text.map(encodeURIComponent), fc.stringMatching(/^[A-Za-z0-9._~!$'()*,;:@-]{0,12}$/));
  const requests = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT"),
    segments: fc.array(asSent, { maxLength: 4 }),
    query: fc.uniqueArray(fc.tuple(asSent, asSent), { maxLength: 4, selector: ([name]) => decodeURIComponent(name) }),
    headers: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom("content-type", "x-amz-target", "accept", "x-amz-date", "x-other"),
        fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/),
      ),
      { selector: ([name]) => name },
    ),
    body: fc.option(fc.uint8Array({ maxLength: 64 })),
    service: fc.constantFrom("s3", "execute-api", "dynamodb"),
    atMs: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2060, 0, 1) }),
    token: fc.boolean(),
  });

  test("is taken by another implementation, of exactly what is sent, whatever is asked", async () => {
    const isOne = (segment: string): boolean => !/^(?:\.|%2e){0,2}$|%2f/i.test(segment);
    await fc.assert(
      fc.asyncProperty(requests, async ({ segments, query, service, atMs, token, ...given }) => {
        const credentials = token ? temporary : documented;
        const path = `/${segments.filter(isOne).join("/")}`;
        const named = query.filter(([name]) => name !== "" && !/^(?:x-amz|__proto__$)/i.test(name));
        const asked = request({ ...given, path, query: named.map((pair) => pair.join("=")).join("&") });
        const signed = await signAws({ region: "eu-central-1", service }, credentials, asked, atMs);
        if (signed === null) throw new Error("not signed");
        const sent = Object.fromEntries(signed.headers);
        const arrived = {
          method: asked.method,
          target: signed.query === "" ? signed.path : `${signed.path}?${signed.query}`,
          headers: { ...sent, host: asked.host, authorization: signed.authorization },
          body: asked.body ?? "",
        };
        expect(faultOfAws(arrived, { credentials, region: "eu-central-1", service, nowMs: atMs })).toBeNull();
        expect(decodeURIComponent(signed.path)).toBe(decodeURIComponent(path));
      }),
      { numRuns: 400 },
    );
  });

  test("lets no caller choose the time, the token, the body's hash or the signature", async () => {
    const forged = [
      ["X-Amz-Date", "20300101T000000Z"],
      ["x_amz_date", "20300101T000000Z"],
      ["x-amz-security-token", "theirs"],
      ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
      ["date", "Tue, 01 Jan 2030 00:00:00 GMT"],
    ] as const;
    const body = new Uint8Array([1, 2, 3]);
    const signed = await signAws(
      processor,
      documented,
      request({ method: "PUT", headers: forged, body }),
      documentedAtMs,
    );
    expect(signed?.headers).toEqual([
      ["x-amz-content-sha256", createHash("sha256").update(body).digest("hex")],
      ["x-amz-date", "20130524T000000Z"],
    ]);
    for (const name of ["X-Amz-Signature", "x-amz-credential", "X-Amz-Security-Token", "X%2DAmz%2DDate"]) {
      expect(await signAws(processor, documented, request({ query: `a=1&${name}=theirs` }), documentedAtMs)).toBeNull();
    }
  });

  test("covers a body that is sent without being held by the hash its caller's MAC covers", async () => {
    const streamedSha256 = createHash("sha256").update("much").digest("hex");
    const signed = await signAws(processor, documented, request({ method: "PUT", streamedSha256 }), documentedAtMs);
    expect(new Map(signed?.headers).get("x-amz-content-sha256")).toBe(streamedSha256);
  });

  test("leaves one reading of what is sent: a space where a form has one, a plus where a path has one", async () => {
    const signed = await signAws(
      processor,
      documented,
      request({ path: "/a+b(c)/", query: "p=a+b&acl&&q=%2b" }),
      documentedAtMs,
    );
    expect([signed?.path, signed?.query]).toEqual(["/a%2Bb%28c%29/", "p=a%20b&acl&q=%2B"]);
  });

  test("signs no request to S3 that names another object to read from", async () => {
    const from = "/private-bucket/key";
    for (const name of ["x-amz-copy-source", "X-Amz-Copy-Source", "x_amz_copy_source", "x-amz-rename-source"]) {
      for (const service of ["s3", "s3express", "s3-outposts", "s3-object-lambda"]) {
        const asked = request({ method: "PUT", path: "/bucket/public", headers: [[name, from]] });
        expect(await signAws({ ...processor, service }, documented, asked, documentedAtMs)).toBeNull();
      }
    }
  });

  test("does not sign what cannot be read alike at both ends", async () => {
    for (const more of [
      { query: "a=%ff" },
      { query: "a=%zz" },
      { query: "__proto__=a" },
      { path: "/%ff" },
      { path: "/bucket/a%2Fb" },
      { headers: [["x-amz-meta-name", "café"]] as const },
    ]) {
      expect(await signAws(processor, documented, request(more), documentedAtMs)).toBeNull();
    }
  });
});

describe("keys of AWS as a secret's value", () => {
  test("are read where they are whole", () => {
    expect(parseAwsCredentials(JSON.stringify(documented))).toEqual(documented);
    expect(parseAwsCredentials(JSON.stringify(temporary))).toEqual(temporary);
  });

  test.each([
    ["not JSON", "AKIA:secret"],
    ["a list", "[]"],
    ["null", "null"],
    ["a member too many", JSON.stringify({ ...documented, region: "x" })],
    ["a member twice", '{"accessKeyId":"AKIAAAAA","accessKeyId":"AKIAAAAB","secretAccessKey":"0123456789"}'],
    ["no key id", JSON.stringify({ secretAccessKey: "0123456789" })],
    ["no secret key", JSON.stringify({ accessKeyId: "AKIAAAAA" })],
    ["a key with a space", JSON.stringify({ ...documented, secretAccessKey: "0123456 789" })],
    ["a key id with a scope of its own", JSON.stringify({ ...documented, accessKeyId: "AKIA/20130524" })],
    ["an empty token", JSON.stringify({ ...documented, sessionToken: "" })],
    ["a token with a line break", JSON.stringify({ ...documented, sessionToken: "a\r\nb" })],
    ["a number", JSON.stringify({ ...documented, sessionToken: 1 })],
  ])("are refused as %s", (_, text) => {
    expect(parseAwsCredentials(text)).toBeNull();
  });
});

describe("a brokered secret that is keys of AWS", () => {
  const expected = (service: string, credentials = temporary) => ({
    credentials,
    region: "us-east-1",
    service,
    nowMs: state.nowMs,
  });
  const use = (service: string): void => {
    state.terms = { processor: { kind: "aws-sigv4", region: "us-east-1", service }, budgets: [] };
    state.value = JSON.stringify(temporary);
  };

  test("signs what arrives at the upstream, to the byte, and is not sent itself", async () => {
    for (const service of ["s3", "execute-api"]) {
      use(service);
      for (const path of ["/aws/a%20b(c)+d", "/aws/x?list-type=2&prefix=a+b/%C3%A9&delimiter=%2F&acl", "/aws"]) {
        expect((await call({ path })).status).toBe(200);
      }
      const body = JSON.stringify({ TableName: "trips" });
      const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.Query" };
      expect((await call({ method: "POST", path: "/aws/table", headers, body })).status).toBe(200);
      expect(state.seen.map((seen) => faultOfAws(seen, expected(service)))).toEqual([null, null, null, null]);
      expect(JSON.stringify(state.seen)).not.toContain(temporary.secretAccessKey);
      resetBrokerLab();
    }
  });

  test("signs an upload that is streamed, by the digest that the caller's MAC covers", async () => {
    use("s3");
    const body = "0123456789abcdef".repeat(8192);
    const { status } = await call({
      method: "POST",
      path: "/aws/photo.jpg",
      headers: { "content-type": "image/jpeg" },
      body,
    });
    expect([status, state.seen[0]?.body.length]).toEqual([200, body.length]);
    expect(faultOfAws(state.seen[0] ?? missing(), expected("s3"))).toBeNull();
  });

  test("drops a caller's own signature, token, time and hash", async () => {
    use("s3");
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=theirs",
      "x-amz-date": "20300101T000000Z",
      "x-amz-security-token": "theirs",
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    };
    expect((await call({ path: "/aws/x", headers })).status).toBe(200);
    expect(faultOfAws(state.seen[0] ?? missing(), expected("s3"))).toBeNull();
    expect(JSON.stringify(state.seen)).not.toContain("theirs");
  });

  test("sends nothing for a request that brings a signature in its query, or keys that cannot be read", async () => {
    use("s3");
    expect((await call({ path: "/aws/x?X-Amz-Signature=00" })).code).toBe("place_refused");
    state.value = "AKIA:secret";
    expect((await call({ path: "/aws/x" })).code).toBe("place_refused");
    use("s3");
    expect((await call({ path: "/signed" })).code, "a place that is no Authorization header").toBe("place_refused");
    expect(state.seen).toEqual([]);
  });

  test("keeps keys, token and signature out of an answer that repeats them", async () => {
    use("s3");
    state.answer = (seen, response) => {
      response.setHeader("x-echo", String(seen.headers.authorization));
      response.end(JSON.stringify([seen.headers, temporary]));
    };
    const answer = await call({ path: "/aws/x" });
    const signature = /Signature=(\w+)/.exec(String(state.seen[0]?.headers.authorization))?.[1] ?? "";
    const all = answer.text + JSON.stringify([...answer.headers]);
    for (const value of [...Object.values(temporary), signature]) expect(all).not.toContain(value);
    expect(pass.secrets).toEqual(["photo-key"]);
  });
});

function missing(): never {
  throw new Error("nothing arrived");
}
