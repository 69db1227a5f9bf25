import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { Sha256 } from "./bytes.ts";
import * as limits from "./limits.ts";
import { invalid, type Parsed, parsed } from "./parsed.ts";
import { toUtf8 } from "./utf8.ts";

/** What a signature or MAC covers (RFC 9421 §2): method, target URI, the body's digest where there is a body, and one header. */
export interface CoveredRequest {
  readonly method: string;
  /** The whole URL, query included. */
  readonly targetUri: string;
  /** The value of `Content-Digest`; null where there is no body. */
  readonly contentDigest: string | null;
  /** The header that carries the token or pass; null where there is none. */
  readonly header: { readonly name: string; readonly value: string } | null;
}

/** Parameters of the one signature labelled `countersign`. Times in seconds; `nonce` and `keyid` of b64u characters. */
export interface SignatureParameters {
  readonly created: number;
  /** `created + 60` */
  readonly expires: number;
  readonly nonce: string;
  /** The key's thumbprint; the session id for the broker's MAC. */
  readonly keyid: string;
}

/** One covered component (RFC 9421 §2): its lower-case name, its parameters as they are serialised (`;name="Pet"`), its value. */
export interface SignatureComponent {
  readonly name: string;
  readonly parameters?: string;
  readonly value: string;
}

export interface SignatureBase {
  /** What is signed or authenticated. */
  readonly base: Uint8Array;
  /** The value of `Signature-Input`. */
  readonly signatureInput: string;
}

const label = "countersign";
const fieldValue = /^[!-~](?:[\t -~]*[!-~])?$/;
const word = /^[A-Za-z0-9_-]{1,128}$/;
const componentName = /^@?[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** `sha-256=:…:` of a body (RFC 9530). */
export function contentDigest(sha256: Sha256, body: Uint8Array): string {
  return `sha-256=:${encodeBase64(sha256(body))}:`;
}

function componentsOf(request: CoveredRequest): readonly SignatureComponent[] {
  const { method, targetUri, contentDigest: digest, header } = request;
  return [
    { name: "@method", value: method },
    { name: "@target-uri", value: targetUri },
    ...(digest === null ? [] : [{ name: "content-digest", value: digest }]),
    ...(header === null ? [] : [{ name: header.name.toLowerCase(), value: header.value }]),
  ];
}

function identifiersOf(components: readonly SignatureComponent[]): readonly string[] {
  return components.map(({ name, parameters = "" }) => `"${name}"${parameters}`);
}

/**
 * The signature base of any components (RFC 9421 §2.5): a line for each in order, then the inner list as it stands in `Signature-Input`
 * with its parameters, which begin with `;`. Code: `malformed`, where a name or value could not be that of a field.
 */
export function signatureBaseOf(
  components: readonly SignatureComponent[],
  parameters: string,
): Parsed<{ readonly base: Uint8Array; readonly innerList: string }> {
  if (components.some(({ name, value }) => !componentName.test(name) || !fieldValue.test(value)))
    return invalid("malformed", "a component is not a field value");
  const identifiers = identifiersOf(components);
  const innerList = `(${identifiers.join(" ")})${parameters}`;
  const lines = components.map(({ value }, index) => `${identifiers[index] ?? ""}: ${value}`);
  return parsed({ base: toUtf8([...lines, `"@signature-params": ${innerList}`].join("\n")), innerList });
}

/**
 * The signature base (RFC 9421 §2.5) and `Signature-Input` in the one order version 1 has. The same for ES256 by the instance key and
 * HMAC-SHA256 by the proof key. Code: `malformed`, where a component or parameter holds what it may not.
 */
export function signatureBase(request: CoveredRequest, parameters: SignatureParameters): Parsed<SignatureBase> {
  const { created, expires, nonce, keyid } = parameters;
  if (!word.test(nonce) || !word.test(keyid)) return invalid("malformed", "nonce or keyid has foreign characters");
  const made = signatureBaseOf(
    componentsOf(request),
    `;created=${created};expires=${expires};nonce="${nonce}";keyid="${keyid}";tag="${label}"`,
  );
  return made.ok ? parsed({ base: made.value.base, signatureInput: `${label}=${made.value.innerList}` }) : made;
}

/** The value of `Signature`: `countersign=:…:`. */
export function formatSignature(signature: Uint8Array): string {
  return `${label}=:${encodeBase64(signature)}:`;
}

/** A signature as it was received, with the base it must verify over. */
export interface ReceivedSignature extends SignatureParameters {
  readonly base: Uint8Array;
  readonly signature: Uint8Array;
}

const inputPattern =
  /^countersign=\(("[!#-[\]-~]+"(?: "[!#-[\]-~]+")*)\)(;created=([1-9][0-9]{0,14});expires=([1-9][0-9]{0,14});nonce="([A-Za-z0-9_-]{1,128})";keyid="([A-Za-z0-9_-]{1,128})";tag="countersign")$/;

/**
 * Reads `Signature-Input` and `Signature`, which must hold exactly one signature, labelled `countersign`, over exactly the components
 * of this request, with the parameters in version 1's order and `expires = created + 60`. Nothing is verified yet. Code: `malformed`.
 */
export function parseSignature(
  headers: { readonly signatureInput: string; readonly signature: string },
  request: CoveredRequest,
): Parsed<ReceivedSignature> {
  if (headers.signatureInput.length > 2048 || headers.signature.length > 512)
    return invalid("too_large", "signature headers are too long");
  const input = inputPattern.exec(headers.signatureInput);
  if (input === null) return invalid("malformed", "Signature-Input is not of the one documented form");
  const [, covered = "", parameters = "", created = "", expires = "", nonce = "", keyid = ""] = input;
  const text = /^countersign=:([A-Za-z0-9+/]*={0,2}):$/.exec(headers.signature)?.[1];
  const signature = text === undefined ? null : decodeBase64(text);
  if (signature === null) return invalid("malformed", "Signature is not of the one documented form");
  const components = componentsOf(request);
  if (covered !== identifiersOf(components).join(" ")) {
    return invalid("malformed", "Signature-Input covers other components");
  }
  if (Number(expires) !== Number(created) + limits.signatureSeconds)
    return invalid("malformed", "expires is not created + 60");
  const made = signatureBaseOf(components, parameters);
  if (!made.ok) return made;
  const { base } = made.value;
  return parsed({ base, signature, created: Number(created), expires: Number(expires), nonce, keyid });
}

/** `created` within 60 seconds of the verifier's time, either way. */
export function isSignatureInTime(parameters: Pick<SignatureParameters, "created">, nowSeconds: number): boolean {
  return Math.abs(nowSeconds - parameters.created) <= limits.signatureSeconds;
}
