import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../testing/vectors.ts";
import { createTestAuthority, createVirtualIphone, createVirtualPixel, type VirtualPixelOptions } from "./index.ts";
import { authenticatorSkeleton, cborSkeleton, children, derSkeleton, skeletonOf } from "./skeleton.suite.ts";

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

const keyDescriptionOid = "060a2b06010401d679020111";
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
