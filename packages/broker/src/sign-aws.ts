import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { percentDecode, percentEncode } from "@countersign/protocol";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentials } from "./aws-credentials.ts";
import type { RequestToSign } from "./make-mac.ts";
import type { AwsProcessor } from "./secret-terms.ts";
import type { HeaderPairs } from "./strip-headers.ts";

/** A signed request: what must be sent, to the letter. */
export interface AwsSigned {
  readonly path: string;
  readonly query: string;
  /** The caller's headers without forms of the signer's own, and the signer's. `Authorization` is not among them. */
  readonly headers: HeaderPairs;
  readonly authorization: string;
  readonly signature: string;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: Bytes): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** SHA-256, or HMAC-SHA-256 under a key, as the signer asks for it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: Bytes) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(key));
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new TypeError("a hash is used once");
  }
}

/** A caller's would decide what is signed: another body, another time, another token. */
const ofTheSigner = new Set(["x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "date"]);

/** Of a signature in the query; beside one in the header a service takes neither, or the wrong one. */
const queryForms =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|region-set)$/i;

/** What S3 reads from beside the path: the keys may, but the secret's places say nothing of it. */
const otherSources = new Set(["x-amz-copy-source", "x-amz-rename-source"]);

/** Services of the S3 family sign the path as it is sent; all others its parts encoded once more. */
const signsPathAsSent = new Set(["s3", "s3-object-lambda", "s3-outposts", "s3express"]);

/** What AWS demands to be covered; the rest is whatever stands between here and there may add to. */
const isCovered = (name: string): boolean =>
  name === "content-type" || name === "content-md5" || name.startsWith("x-amz-");

const visible = /^[\t -~]*$/;

/** Every part encoded in the one way AWS encodes it, `+` of a query as the space it is to a form; null where a part is not UTF-8 or hides a slash. */
function canonicalParts(
  text: string,
  separator: "/" | "&",
): { readonly text: string; readonly pairs: (readonly [string, string])[] } | null {
  const pairs: (readonly [string, string])[] = [];
  const written: string[] = [];
  for (const part of text.split(separator)) {
    if (separator === "&" && part === "") continue;
    const at = separator === "&" ? part.indexOf("=") : -1;
    const halves = at < 0 ? [part] : [part.slice(0, at), part.slice(at + 1)];
    const decoded = halves.map((half) => percentDecode(separator === "&" ? half.replaceAll("+", " ") : half));
    const [name, value = ""] = decoded;
    if (name === undefined || name === null || value === null) return null;
    // The library keeps parameters by name in an object, which has no such one.
    if (separator === "&" && name === "__proto__") return null;
    // To S3 an escaped slash of a key is a slash, to everybody else it is none.
    if (separator === "/" && name.includes("/")) return null;
    pairs.push([name, value]);
    written.push(decoded.map((half) => percentEncode(half ?? "")).join("="));
  }
  return { text: written.join(separator), pairs };
}

function toBag(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const bag: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of pairs) bag[name] = [...(bag[name] ?? []), value];
  return bag;
}

/**
 * Signs a request with AWS Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Covered are method, path, query, host, `content-type`,
 * `content-md5`, every `x-amz-` header and the body by its SHA-256. Query, and path of the S3 family, are rewritten to the one spelling that both ends
 * read alike. Null where they cannot be, where the caller brings a signature of its own in the query or names another object of S3 to read from, or a
 * covered header is not visible ASCII.
 */
export async function signAws(
  { region, service }: Pick<AwsProcessor, "region" | "service">,
  credentials: AwsCredentials,
  request: RequestToSign,
  nowMs: number,
): Promise<AwsSigned | null> {
  const query = canonicalParts(request.query, "&");
  const path = signsPathAsSent.has(service) ? canonicalParts(request.path, "/")?.text : request.path;
  if (query === null || path === undefined || query.pairs.some(([name]) => queryForms.test(name))) return null;
  const kept = request.headers.filter(([name]) => !ofTheSigner.has(name.toLowerCase().replaceAll("_", "-")));
  const isSource = (name: string): boolean => otherSources.has(name.toLowerCase().replaceAll("_", "-"));
  if (signsPathAsSent.has(service) && kept.some(([name]) => isSource(name))) return null;
  const covered: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [given, value] of kept) {
    const name = given.toLowerCase();
    if (!isCovered(name)) continue;
    if (!visible.test(value)) return null;
    covered[name] = covered[name] === undefined ? value : `${covered[name]},${value}`;
  }
  const hash =
    request.streamedSha256 ??
    createHash("sha256")
      .update(request.body ?? new Uint8Array())
      .digest("hex");
  const signer = new SignatureV4({
    region,
    service,
    credentials,
    sha256: Sha256,
    uriEscapePath: !signsPathAsSent.has(service),
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "https:",
      hostname: request.host,
      path,
      query: toBag(query.pairs),
      headers: { ...covered, host: request.host, "x-amz-content-sha256": hash },
    },
    { signingDate: new Date(nowMs) },
  );
  const { authorization = "" } = signed.headers;
  const own = [...ofTheSigner].flatMap((name): [string, string][] => {
    const value = signed.headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  const signature = authorization.slice(authorization.lastIndexOf("=") + 1);
  return { path, query: query.text, headers: [...kept, ...own], authorization, signature };
}
