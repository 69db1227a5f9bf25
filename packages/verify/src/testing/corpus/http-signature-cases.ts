import { type CorpusCase, type CorpusRequest, type Expected, ok, refused } from "./case.ts";
import { thumbprint } from "./dpop-cases.ts";
import { ecdsa, hmac, random, sha256, tokenHeader, tokenOf } from "./forge.ts";
import { type CorpusKey, keys, now, origin } from "./world.ts";

const jwkOf = (key: CorpusKey): Record<string, unknown> => ({ ...key.publicKey.export({ format: "jwk" }) });
const digestOf = (body: string | Uint8Array): string => `sha-256=:${sha256(body).toString("base64")}:`;

/** What a signature is made over and with (RFC 9421); everything can be changed on its own. */
interface Plan {
  readonly method: string;
  readonly target: string;
  readonly body: string | null;
  readonly digest: string | null;
  readonly token: string;
  readonly key: CorpusKey;
  /** Components in order; the token's header is `token`. */
  readonly components: readonly string[];
  readonly parameters: (defaults: readonly (readonly [string, string])[]) => readonly (readonly [string, string])[];
  readonly label: string;
  readonly sign: (base: Buffer) => Uint8Array;
}

const quoted = (text: string): string => `"${text}"`;

/** Signature-Input, Signature and the lines they cover. */
function signedLines(plan: Plan): [string, string][] {
  const values: Readonly<Record<string, string>> = {
    "@method": plan.method,
    "@target-uri": `${origin}${plan.target}`,
    "@authority": "api.example.com",
    "@path": plan.target.replace(/\?.*$/, ""),
    "content-digest": plan.digest ?? "",
    "countersign-token": plan.token,
  };
  const parameters = plan
    .parameters([
      ["created", String(now - 1)],
      ["expires", String(now + 59)],
      ["nonce", quoted(random())],
      ["keyid", quoted(thumbprint(plan.key))],
      ["tag", quoted("countersign")],
    ])
    .map(([name, value]) => `;${name}=${value}`)
    .join("");
  const inner = `(${plan.components.map(quoted).join(" ")})${parameters}`;
  const base = [...plan.components.map((name) => `"${name}": ${values[name] ?? ""}`), `"@signature-params": ${inner}`];
  const signature = Buffer.from(plan.sign(Buffer.from(base.join("\n")))).toString("base64");
  return [
    ["Signature-Input", `${plan.label}=${inner}`],
    ["Signature", `${plan.label}=:${signature}:`],
  ];
}

const token = (confirmation: unknown = { jwk: jwkOf(keys.device) }): string =>
  tokenOf({ claims: { cnf: confirmation } });

/** A request signed by the instance's key, genuine but for what is changed. */
export function signedRequest(change: Partial<Plan> = {}): CorpusRequest {
  const { body = null, key = keys.device } = change;
  const digest = change.digest === undefined ? (body === null ? null : digestOf(body)) : change.digest;
  const plan: Plan = {
    method: body === null ? "GET" : "POST",
    target: "/v1/photos?day=2026-11-22",
    token: token(),
    components: ["@method", "@target-uri", ...(digest === null ? [] : ["content-digest"]), "countersign-token"],
    parameters: (defaults) => defaults,
    label: "countersign",
    sign: ecdsa(key.privateKey),
    ...change,
    body,
    digest,
    key,
  };
  const headers: [string, string][] = [[tokenHeader, plan.token], ...signedLines(plan)];
  if (digest !== null) headers.push(["Content-Digest", digest]);
  const request = { method: plan.method, target: plan.target, headers };
  return body === null ? request : { ...request, body: Buffer.from(body) };
}

const one = (name: string, expected: Expected, make: () => CorpusRequest): CorpusCase => ({
  name: `HTTP signature: ${name}`,
  setting: "httpsig",
  expected,
  request: make,
});

const withLine = (request: CorpusRequest, name: string, change: (value: string) => string): CorpusRequest => ({
  ...request,
  headers: request.headers.map(([each, value]) => (each === name ? [each, change(value)] : [each, value])),
});
const withoutLine = (request: CorpusRequest, name: string): CorpusRequest => ({
  ...request,
  headers: request.headers.filter(([each]) => each !== name),
});

type Parameters = readonly (readonly [string, string])[];
const setting = (name: string, value: string) => (defaults: Parameters) =>
  defaults.map(([each, old]): readonly [string, string] => [each, each === name ? value : old]);
const without = (name: string) => (defaults: Parameters) => defaults.filter(([each]) => each !== name);

const malformed = refused("proof_malformed");
const notVerified = refused("proof_signature_invalid");
const duplicated = refused("proof_duplicated");
const stale = refused("proof_stale");
const body = '{"title":"Pillars"}';

/** Proofs by RFC 9421 and RFC 9530, in the one form that version 1 has. */
export const httpSignatureCases: readonly CorpusCase[] = [
  one("a genuine signature", ok, () => signedRequest()),
  one("a genuine signature with a body", ok, () => signedRequest({ body })),
  one("a genuine signature with a body of every byte", ok, () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    return { ...signedRequest({ body: "", digest: digestOf(bytes) }), body: bytes };
  }),
  one("a genuine DELETE", ok, () => signedRequest({ method: "DELETE" })),
  one("a genuine signature of an empty body's digest", ok, () =>
    signedRequest({ method: "POST", digest: digestOf("") }),
  ),
  one("no signature at all", refused("proof_missing"), () =>
    withoutLine(withoutLine(signedRequest(), "Signature"), "Signature-Input"),
  ),
  one("no Signature-Input", refused("proof_missing"), () => withoutLine(signedRequest(), "Signature-Input")),
  one("no Signature", refused("proof_missing"), () => withoutLine(signedRequest(), "Signature")),
  one("a DPoP proof in its place", refused("proof_missing"), () => ({
    ...signedRequest(),
    headers: [
      [tokenHeader, token()],
      ["DPoP", "AAAA.AAAA.AAAA"],
    ],
  })),
  one("the method not covered", malformed, () => signedRequest({ components: ["@target-uri", "countersign-token"] })),
  one("the target not covered", malformed, () => signedRequest({ components: ["@method", "countersign-token"] })),
  one("the path in place of the target", malformed, () =>
    signedRequest({ components: ["@method", "@path", "countersign-token"] }),
  ),
  one("the token not covered", malformed, () => signedRequest({ components: ["@method", "@target-uri"] })),
  one("nothing covered", malformed, () => signedRequest({ components: [] })),
  one("a component more", malformed, () =>
    signedRequest({ components: ["@method", "@target-uri", "@authority", "countersign-token"] }),
  ),
  one("components in another order", malformed, () =>
    signedRequest({ components: ["@target-uri", "@method", "countersign-token"] }),
  ),
  one("a component twice", malformed, () =>
    signedRequest({ components: ["@method", "@method", "@target-uri", "countersign-token"] }),
  ),
  one("a digest sent and not covered", malformed, () =>
    signedRequest({ body, components: ["@method", "@target-uri", "countersign-token"] }),
  ),
  one("a digest covered and not sent", malformed, () => withoutLine(signedRequest({ body }), "Content-Digest")),
  one("a body without digest", refused("digest_missing"), () => signedRequest({ body, digest: null })),
  one("a body added to a request without one", refused("digest_missing"), () => ({
    ...signedRequest({ method: "POST" }),
    body: Buffer.from(body),
  })),
  one("another body", refused("digest_wrong"), () => ({
    ...signedRequest({ body }),
    body: Buffer.from(body.replace("P", "p")),
  })),
  one("a byte after the body", refused("digest_wrong"), () => ({
    ...signedRequest({ body }),
    body: Buffer.from(`${body} `),
  })),
  one("the body taken away", refused("digest_wrong"), () => ({ ...signedRequest({ body }), body: Buffer.alloc(0) })),
  one("the digest of another body, signed", refused("digest_wrong"), () =>
    signedRequest({ body, digest: digestOf("{}") }),
  ),
  one("a digest by SHA-512", refused("digest_wrong"), () =>
    signedRequest({ body, digest: `sha-512=:${"A".repeat(86)}==:` }),
  ),
  one("a digest that is no digest", refused("digest_wrong"), () => signedRequest({ body, digest: "sha-256=abc" })),
  one("a digest exchanged after signing", notVerified, () => {
    const other = body.replace("P", "p");
    return { ...withLine(signedRequest({ body }), "Content-Digest", () => digestOf(other)), body: Buffer.from(other) };
  }),
  one("two digests in two lines", duplicated, () => {
    const request = signedRequest({ body });
    return { ...request, headers: [...request.headers, ["Content-Digest", digestOf("{}")]] };
  }),
  one("two digests in one line", duplicated, () =>
    signedRequest({ body, digest: `${digestOf(body)}, ${digestOf("{}")}` }),
  ),
  one("another method", notVerified, () => ({ ...signedRequest(), method: "DELETE" })),
  one("another path", notVerified, () => ({ ...signedRequest(), target: "/v1/albums?day=2026-11-22" })),
  one("another query", notVerified, () => ({ ...signedRequest(), target: "/v1/photos?day=2026-11-23" })),
  one("the query left out", notVerified, () => ({ ...signedRequest(), target: "/v1/photos" })),
  one("another escape of the same path", notVerified, () => ({
    ...signedRequest(),
    target: "/v1/%70hotos?day=2026-11-22",
  })),
  one("another token of the same key", notVerified, () => withLine(signedRequest(), tokenHeader, () => token())),
  one("a signature for another host", notVerified, () =>
    signedRequest({
      sign: (base) =>
        ecdsa(keys.device.privateKey)(Buffer.from(base.toString().replace("api.example.com", "evil.example"))),
    }),
  ),
  one("a thief's key", refused("proof_key_wrong"), () => signedRequest({ key: keys.thief })),
  one("a thief's signature under the instance's key id", notVerified, () =>
    signedRequest({ sign: ecdsa(keys.thief.privateKey) }),
  ),
  one("a key id that is the token's", refused("proof_key_wrong"), () =>
    signedRequest({ parameters: setting("keyid", '"es-1"') }),
  ),
  one("a key id that is empty", malformed, () => signedRequest({ parameters: setting("keyid", '""') })),
  one("no key id", malformed, () => signedRequest({ parameters: without("keyid") })),
  one("a token that names no key", refused("proof_key_wrong"), () => signedRequest({ token: tokenOf() })),
  one("a token that names a thumbprint alone", refused("proof_key_wrong"), () =>
    signedRequest({ token: token({ jkt: thumbprint(keys.device) }) }),
  ),
  one("a token that names another key", refused("proof_key_wrong"), () =>
    signedRequest({ token: token({ jwk: jwkOf(keys.thief) }) }),
  ),
  one("a token that names a private key", refused("proof_key_wrong"), () =>
    signedRequest({ token: token({ jwk: keys.device.privateKey.export({ format: "jwk" }) }) }),
  ),
  one("an HMAC by the public key", notVerified, () =>
    signedRequest({ sign: hmac(JSON.stringify(jwkOf(keys.device))) }),
  ),
  one("a signature of zeros", notVerified, () => signedRequest({ sign: () => Buffer.alloc(64) })),
  one("an empty signature", notVerified, () => signedRequest({ sign: () => Buffer.alloc(0) })),
  one("an altered signature", notVerified, () =>
    withLine(signedRequest(), "Signature", (value) =>
      value.replace(/=:(.)/, (_, first) => `=:${first === "A" ? "B" : "A"}`),
    ),
  ),
  one("a signature that is not base64", malformed, () =>
    withLine(signedRequest(), "Signature", () => "countersign=:AB!:"),
  ),
  one("a signature in base64url", malformed, () =>
    withLine(signedRequest(), "Signature", () => `countersign=:${"-_".repeat(43)}==:`),
  ),
  one("another label", malformed, () => signedRequest({ label: "sig1" })),
  one("another label of the signature alone", malformed, () =>
    withLine(signedRequest(), "Signature", (value) => value.replace("countersign=", "sig1=")),
  ),
  one("an extra label", duplicated, () =>
    withLine(
      withLine(signedRequest(), "Signature-Input", (value) => `${value}, sig2=("@method")`),
      "Signature",
      (value) => `${value}, sig2=:AAAA:`,
    ),
  ),
  one("an extra label in lines of its own", duplicated, () => {
    const request = signedRequest();
    return {
      ...request,
      headers: [...request.headers, ["Signature-Input", 'sig2=("@method")'], ["Signature", "sig2=:AAAA:"]],
    };
  }),
  one("an algorithm parameter", malformed, () =>
    signedRequest({ parameters: (defaults) => [...defaults, ["alg", quoted("ecdsa-p256-sha256")]] }),
  ),
  one("an algorithm parameter of HMAC", malformed, () =>
    signedRequest({ parameters: (defaults) => [["alg", quoted("hmac-sha256")], ...defaults], sign: hmac("") }),
  ),
  one("another tag", malformed, () => signedRequest({ parameters: setting("tag", '"other"') })),
  one("no tag", malformed, () => signedRequest({ parameters: without("tag") })),
  one("no nonce", malformed, () => signedRequest({ parameters: without("nonce") })),
  one("no time", malformed, () => signedRequest({ parameters: without("created") })),
  one("no end", malformed, () => signedRequest({ parameters: without("expires") })),
  one("an end far away", malformed, () => signedRequest({ parameters: setting("expires", String(now + 86_400)) })),
  one("a time that is a text", malformed, () => signedRequest({ parameters: setting("created", `"${now}"`) })),
  one("parameters in another order", malformed, () =>
    signedRequest({ parameters: (defaults) => defaults.toReversed() }),
  ),
  one("more than a minute old", stale, () =>
    signedRequest({
      parameters: (defaults) => setting("expires", String(now - 1))(setting("created", String(now - 61))(defaults)),
    }),
  ),
  one("more than a minute ahead", stale, () =>
    signedRequest({
      parameters: (defaults) => setting("expires", String(now + 121))(setting("created", String(now + 61))(defaults)),
    }),
  ),
  {
    name: "HTTP signature: the same request twice",
    setting: "httpsig",
    expected: refused("proof_replayed", "reused"),
    first: () => signedRequest({ body }),
    request: (first) => first,
  },
  {
    name: "HTTP signature: refused for its body, then sent right",
    setting: "httpsig",
    expected: ok,
    first: () => ({ ...signedRequest({ body }), body: Buffer.from("{}") }),
    request: (first) => ({ ...first, body: Buffer.from(body) }),
  },
];
