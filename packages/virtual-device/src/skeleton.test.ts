import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../testing/vectors.ts";
import { createTestAuthority, createVirtualIphone, createVirtualPixel, type VirtualPixelOptions } from "./index.ts";

/**
 * A skeleton is what stays of a DER or CBOR text when the values are taken out: tags, order, object identifiers, map keys and lengths.
 * Lengths of names, texts, times and signatures are left out: they vary between any two genuine devices.
 */

interface Element {
  readonly tag: string;
  readonly constructed: boolean;
  readonly content: Uint8Array;
  readonly end: number;
}

const variable = new Set(["0c", "13", "16", "17", "18"]);
const keyDescriptionOid = "060a2b06010401d679020111";

function readElement(bytes: Uint8Array, at: number): Element {
  const first = bytes[at] ?? Number.NaN;
  let cursor = at + 1;
  if ((first & 0x1f) === 0x1f) {
    while (((bytes[cursor] ?? 0) & 0x80) !== 0) cursor += 1;
    cursor += 1;
  }
  const tag = Buffer.from(bytes.subarray(at, cursor)).toString("hex");
  const constructed = (first & 0x20) !== 0;
  const lengthByte = bytes[cursor] ?? Number.NaN;
  cursor += 1;
  if (lengthByte === 0x80) {
    let end = cursor;
    while (bytes[end] !== 0 || bytes[end + 1] !== 0) end = readElement(bytes, end).end;
    return { tag: `${tag}~`, constructed, content: bytes.subarray(cursor, end), end: end + 2 };
  }
  let length = lengthByte;
  if (lengthByte > 0x80) {
    length = 0;
    for (let left = lengthByte & 0x7f; left > 0; left -= 1) {
      length = length * 256 + (bytes[cursor] ?? Number.NaN);
      cursor += 1;
    }
  }
  const end = cursor + length;
  if (!(end <= bytes.length)) throw new Error("not DER");
  return { tag, constructed, content: bytes.subarray(cursor, end), end };
}

function children(content: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const element = readElement(content, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

/** The elements inside an OCTET STRING or BIT STRING, or null where it holds no DER. */
function nested(content: Uint8Array): Element[] | null {
  if (content.length < 2) return null;
  try {
    const inner = children(content);
    return inner.every((element) => /^(0[1-6ac]|1[37]|3[01]|a|bf)/.test(element.tag)) ? inner : null;
  } catch {
    return null;
  }
}

/** `exempt` names paths of child indices whose length is the test's own choice, such as a challenge. */
function skeletonOf(elements: readonly Element[], path: string, exempt: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [index, element] of elements.entries()) {
    const here = path === "" ? `${index}` : `${path}.${index}`;
    const line = `${"  ".repeat(here.split(".").length - 1)}${element.tag}`;
    const held = Buffer.from(element.content);
    if (element.tag === "06") lines.push(`${line} ${held.toString("hex")}`);
    else if (variable.has(element.tag) || exempt.includes(here)) lines.push(line);
    else if (element.constructed) {
      const inner = skeletonOf(children(element.content), here, exempt);
      // SET OF: equal elements count once, so {SIGN} and {SIGN, VERIFY} have one skeleton.
      lines.push(line, ...(element.tag === "31" && new Set(inner).size === 1 ? inner.slice(0, 1) : inner));
    } else if (element.tag === "02") {
      lines.push(`${line} ${held[0] === 0 && held.length > 1 ? held.length - 1 : held.length}`);
    } else if (element.tag === "04" || element.tag === "03") {
      const inner = nested(element.tag === "03" ? element.content.subarray(1) : element.content);
      const signature = inner?.length === 1 && inner[0] !== undefined && isEcdsaSignature(inner[0]);
      if (signature) lines.push(`${line} signature`);
      else if (inner === null) lines.push(`${line} ${held.length}`);
      else lines.push(line, ...skeletonOf(inner, here, exempt));
    } else lines.push(`${line} ${held.length}`);
  }
  return lines;
}

function isEcdsaSignature(element: Element): boolean {
  if (element.tag !== "30") return false;
  const parts = children(element.content);
  return parts.length === 2 && parts.every((part) => part.tag === "02" && part.content.length > 24);
}

function derSkeleton(der: Uint8Array, exempt: readonly string[] = []): string {
  return skeletonOf(children(der), "", exempt).join("\n");
}

/** Reads one CBOR item into a skeleton: map keys by value, strings by length. */
function cborSkeleton(bytes: Uint8Array): { lines: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = (at: number, key: boolean): { text: string; end: number } => {
    const first = view.getUint8(at);
    const [major, info] = [first >> 5, first & 31];
    const sizes: Record<number, number> = { 24: 1, 25: 2, 26: 4 };
    const extra = info < 24 ? 0 : (sizes[info] ?? Number.NaN);
    const argument =
      info < 24
        ? info
        : extra === 1
          ? view.getUint8(at + 1)
          : extra === 2
            ? view.getUint16(at + 1)
            : view.getUint32(at + 1);
    let cursor = at + 1 + extra;
    if (major === 0) return { text: `${argument}`, end: cursor };
    if (major === 1) return { text: `${-1 - argument}`, end: cursor };
    if (major === 2 || major === 3) {
      const value = Buffer.from(bytes.subarray(cursor, cursor + argument));
      // Certificates, receipts and signatures vary in length; what is inside them is compared on its own.
      const size = argument > 68 && argument !== 164 && argument !== 226 ? "" : ` ${argument}`;
      return { text: key ? value.toString() : `${major === 2 ? "bytes" : "text"}${size}`, end: cursor + argument };
    }
    const parts: string[] = [];
    for (let left = argument; left > 0; left -= 1) {
      const name = major === 5 ? read(cursor, true) : null;
      const value = read(name?.end ?? cursor, false);
      parts.push(name === null ? value.text : `${name.text}: ${value.text}`);
      cursor = value.end;
    }
    return { text: major === 5 ? `{${parts.join(", ")}}` : `[${parts.join(", ")}]`, end: cursor };
  };
  const item = read(0, false);
  return { lines: item.text, end: item.end };
}

/** authenticatorData: header length, aaguid, credential id, then the COSE key and, from iOS 27, one map. */
function authenticatorSkeleton(bytes: Uint8Array): string {
  const key = cborSkeleton(bytes.subarray(87));
  const rest = bytes.subarray(87 + key.end);
  const map = rest.length === 0 ? { lines: "nothing", end: 0 } : cborSkeleton(rest);
  return `${Buffer.from(bytes.subarray(37, 55)).toString("hex")} ${key.lines} ${map.lines} ${rest.length - map.end}`;
}

/** Takes byte strings out of a CBOR object by the head that introduces them, without a decoder. */
function cborField(bytes: Uint8Array, name: string): Uint8Array {
  const text = Buffer.from(bytes);
  const at = text.lastIndexOf(Buffer.concat([Buffer.of(0x60 + name.length), Buffer.from(name)])) + name.length + 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(at);
  if (first === 0x58) return bytes.subarray(at + 2, at + 2 + view.getUint8(at + 1));
  if (first === 0x59) return bytes.subarray(at + 3, at + 3 + view.getUint16(at + 1));
  return bytes.subarray(at);
}

function certificatesOf(attestation: Uint8Array): Uint8Array[] {
  const list = cborField(attestation, "x5c");
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  const found: Uint8Array[] = [];
  for (let at = 1, left = (list[0] ?? 0) & 31; left > 0; left -= 1) {
    const length = view.getUint16(at + 1);
    found.push(list.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return found;
}

const folder = vectorsFolder();
const authority = createTestAuthority({ seed: "skeleton", nowMs: Date.UTC(2026, 10, 22), factoryRootBits: 4096 });
const app = { id: "gallery", version: "1.0", build: "1" };
const shared = { authority, app, project: "p", nowMs: () => Date.UTC(2026, 10, 22, 12) };
const challenge = new Uint8Array(60).fill(7);

async function attestation(ios: "18" | "27"): Promise<Uint8Array> {
  const device = createVirtualIphone({ ...shared, appId: "1234567890.com.example.myapp", ios });
  const [evidence] = (await device.keys.enrol(challenge)).evidence;
  if (evidence?.type !== "apple") throw new Error("no evidence");
  return new Uint8Array(Buffer.from(evidence.attestation, "base64url"));
}

async function assertion(ios: "18" | "27"): Promise<Uint8Array> {
  const device = createVirtualIphone({ ...shared, appId: "1234567890.com.example.myapp", ios });
  const { alias } = await device.keys.enrol(challenge);
  const proof = await device.keys.prove(alias, Buffer.from('{"use":"session","project":"p"}'));
  return proof.assertion ?? new Uint8Array(0);
}

async function chain(options: Pick<VirtualPixelOptions, "security" | "provisioning">): Promise<Uint8Array[]> {
  const device = createVirtualPixel({
    ...shared,
    ...options,
    packageName: "com.google.android.attestation",
    versionCode: 1,
    signingDigest: "10".repeat(32),
  });
  const [evidence] = (await device.keys.enrol(challenge)).evidence;
  if (evidence?.type !== "android") throw new Error("no evidence");
  return evidence.chain.map((item) => new Uint8Array(Buffer.from(item, "base64url")));
}

function realAttestation(osVersion: string, aaguid: string): Uint8Array {
  const text = readFileSync(join(folder ?? "", "appattest/attestations.json"), "utf8");
  const list = JSON.parse(text) as { osVersionFromCert: string; aaguid: string; attestationB64: string }[];
  const found = list.find((entry) => entry.osVersionFromCert === osVersion && entry.aaguid === aaguid);
  return new Uint8Array(Buffer.from(found?.attestationB64 ?? "", "base64"));
}

function realChain(name: string): Uint8Array[] {
  const text = readFileSync(join(folder ?? "", "android-keyattestation/testdata", `${name}.pem`), "utf8");
  return text
    .split("-----END CERTIFICATE-----")
    .map((part) => part.replace(/[\s\S]*-----BEGIN CERTIFICATE-----/, "").trim())
    .filter((part) => part !== "")
    .map((part) => new Uint8Array(Buffer.from(part, "base64")));
}

/** The extension's path in a leaf made in this order, and the challenge inside it. */
const challengePath = "0.0.7.0.1.1.0.4";

describe.skipIf(folder === null && !requireAll)("skeletons against real vectors", () => {
  for (const [ios, osVersion] of [
    ["18", "17.2.1"],
    ["27", "27.0"],
  ] as const) {
    it(`an App Attest object of iOS ${ios} has the members, order and lengths of a real one`, async () => {
      const real = realAttestation(osVersion, "appattest");
      const made = await attestation(ios);
      expect(cborSkeleton(made).lines).toBe(cborSkeleton(real).lines);
      expect(authenticatorSkeleton(cborField(made, "authData"))).toBe(
        authenticatorSkeleton(cborField(real, "authData")),
      );
    });

    it(`App Attest certificates of iOS ${ios} have the shape of real ones`, async () => {
      const real = certificatesOf(realAttestation(osVersion, "appattest"));
      const made = certificatesOf(await attestation(ios));
      expect(made).toHaveLength(2);
      // The App ID's and the system's texts are OCTET STRINGs of free length: [1204], [1400] and their kin.
      const free = (text: string): string => text.replace(/(\n +bf8...\n +04) \d+/g, "$1");
      for (const [index, certificate] of made.entries()) {
        const genuine = real[index] ?? new Uint8Array(0);
        expect(free(derSkeleton(certificate))).toBe(free(derSkeleton(genuine)));
      }
    });
  }

  it("a receipt has the fields and the signature of a real one", async () => {
    const outline = (receipt: Uint8Array): string => {
      const [outer] = children(receipt);
      const [, wrapped] = children(outer?.content ?? new Uint8Array(0));
      const [body] = children(wrapped?.content ?? new Uint8Array(0));
      const parts = children(body?.content ?? new Uint8Array(0));
      const content = children(children(parts[2]?.content ?? new Uint8Array(0))[1]?.content ?? new Uint8Array(0))[0];
      const payload = Buffer.concat(children(content?.content ?? new Uint8Array(0)).map((chunk) => chunk.content));
      const fields = children(children(payload)[0]?.content ?? new Uint8Array(0));
      return [
        ...parts.map(
          (part) => `${part.tag} ${part.constructed ? children(part.content).map((inner) => inner.tag) : ""}`,
        ),
        ...fields.map((field) => skeletonOf(children(field.content).slice(0, 2), "", []).join(" ")),
        ...fields.map((field) => Buffer.from(children(field.content)[0]?.content ?? []).toString("hex")),
      ].join("\n");
    };
    const real = outline(cborField(realAttestation("17.2.1", "appattest"), "receipt"));
    expect(outline(cborField(await attestation("18"), "receipt"))).toBe(real);
  });

  it("an assertion has the members and lengths of a real one, and from iOS 27 the documented map", async () => {
    const text = readFileSync(join(folder ?? "", "appattest/assertions.json"), "utf8");
    const [first] = JSON.parse(text) as { assertionB64: string }[];
    const real = new Uint8Array(Buffer.from(first?.assertionB64 ?? "", "base64"));
    const made = await assertion("18");
    const outline = (bytes: Uint8Array): string =>
      cborSkeleton(bytes).lines.replace(/signature: bytes( \d+)?/, "signature");
    expect(outline(made)).toBe(outline(real));
    const modern = cborField(await assertion("27"), "authenticatorData");
    expect(modern).toHaveLength(99);
    expect(cborSkeleton(modern.subarray(37)).lines).toBe(
      "{apple_bundle_version_01: text 1, apple_validation_category_01: bytes 4}",
    );
  });

  for (const [security, name] of [
    ["tee", "tegu/sdk36/TEE_EC_2026_ROOT"],
    ["strongbox", "tegu/sdk36/SB_EC_2026_ROOT"],
  ] as const) {
    it(`a remotely provisioned ${security} leaf describes its key as a real one does`, async () => {
      const [made] = await chain({ security, provisioning: "remote" });
      const [real] = realChain(name);
      const skeleton = derSkeleton(made ?? new Uint8Array(0), [challengePath]);
      expect(skeleton).toBe(derSkeleton(real ?? new Uint8Array(0), [challengePath]));
      expect(Buffer.from(made ?? []).toString("hex")).toContain(keyDescriptionOid);
    });
  }

  it("a remotely provisioned chain has the shape of a real one up to the root", async () => {
    const made = await chain({ security: "tee", provisioning: "remote" });
    const real = realChain("tegu/sdk36/TEE_EC_2026_ROOT");
    expect(made).toHaveLength(real.length);
    expect(derSkeleton(made[1] ?? new Uint8Array(0))).toBe(derSkeleton(real[1] ?? new Uint8Array(0)));
    // The server certificate of this real chain names storage addresses; an older one does not.
    const server = realChain("caiman/sdk36/TEE_EC_RKP")[2] ?? new Uint8Array(0);
    expect(derSkeleton(made[2] ?? new Uint8Array(0), ["0.0.1"])).toBe(derSkeleton(server, ["0.0.1"]));
    for (const index of [3, 4]) {
      const free = (der: Uint8Array | undefined): string =>
        derSkeleton(der ?? new Uint8Array(0)).replace(/86 \d+/, "86");
      expect(free(made[index])).toBe(free(real[index]));
    }
  });

  it("a factory-provisioned chain has the shape of a real one up to the root", async () => {
    const made = await chain({ security: "tee", provisioning: "factory" });
    const real = realChain("tokay/sdk37/TEE_MLDSA_FACTORY");
    expect(made).toHaveLength(real.length);
    for (const index of [1, 2, 3]) {
      expect(derSkeleton(made[index] ?? new Uint8Array(0))).toBe(derSkeleton(real[index] ?? new Uint8Array(0)));
    }
  });

  it("a skeleton tells two shapes apart", async () => {
    const [tee] = await chain({ security: "tee", provisioning: "remote" });
    const [strongbox] = await chain({ security: "strongbox", provisioning: "remote" });
    expect(derSkeleton(tee ?? new Uint8Array(0))).not.toBe(derSkeleton(strongbox ?? new Uint8Array(0)));
  });
});
