import { createHash, sign } from "node:crypto";
import { verifyAndroidKeyAttestation } from "@countersign/attestation";
import { SettingsService, verifyRegistrationResponse } from "@simplewebauthn/server";
import { encode } from "cborg";
import { pointOf } from "../../packages/asn1/src/made/certificate.suite.ts";
import { expectations, leafKey, makeChain, nowMs, root } from "../../packages/attestation/src/made/android.suite.ts";
import { sharedLinks } from "../../packages/attestation/src/x509/known-links.ts";
import type { Bench } from "../measure.ts";
import { atTime } from "./held-clock.ts";
import { assertAccepted, repeat } from "./repeat.ts";

const peer = "@simplewebauthn/server 14.0.3, android-key";

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

/**
 * The same made chain against `@simplewebauthn/server`. It asks for a signature by the attested key, which no published genuine chain
 * has, so the chain is a made one in every run.
 */
export function webauthnBench(): Bench {
  const challenge = Buffer.alloc(32, 7).toString("base64url");
  const clientData = Buffer.from(JSON.stringify({ type: "webauthn.create", challenge, origin: "https://example.com" }));
  const clientDataHash = sha256(clientData);
  const chain = makeChain({ provisioning: "remote", challenge: clientDataHash, leafNotAfterMs: Date.UTC(2048, 0, 1) });
  const given = { ...expectations(chain), challenge: clientDataHash };
  const response = registration(chain, clientData, clientDataHash);
  SettingsService.setRootCertificates({ identifier: "android-key", certificates: [Buffer.from(root)] });
  return {
    what: "one Android chain of 5 certificates, made: remote, P-384 root",
    iterations: 20,
    goals: [{ subject: peer, atLeast: 1 }],
    notes: [
      `${peer} is entered by verifyRegistrationResponse, its only door: it also reads client data and authenticator data and verifies one signature by the attested key, which ours leaves to the caller.`,
      "It does not look at the root of trust (bootloader, boot state), the security levels, the key's origin or parameters, package and signing certificate, Google's status list, the chain's shape, or a key description nearer to the root.",
    ],
    subjects: [
      {
        name: "ours, issuers known, as in a service",
        run: repeat(() => assertAccepted(verifyAndroidKeyAttestation(given))),
      },
      {
        name: "ours, nothing known",
        run: repeat(() => {
          sharedLinks.forget();
          assertAccepted(verifyAndroidKeyAttestation(given));
        }),
      },
      {
        name: peer,
        run: (iterations) =>
          atTime(nowMs, async () => {
            for (let index = 0; index < iterations; index += 1) {
              const { verified } = await verifyRegistrationResponse({
                response,
                expectedChallenge: challenge,
                expectedOrigin: "https://example.com",
                expectedRPID: "example.com",
                requireUserVerification: false,
              });
              if (!verified) throw new Error("refused");
            }
          }),
      },
    ],
  };
}

function registration(
  chain: readonly Uint8Array[],
  clientData: Uint8Array,
  clientDataHash: Uint8Array,
): Parameters<typeof verifyRegistrationResponse>[0]["response"] {
  const point = pointOf(leafKey);
  const credentialId = Buffer.alloc(16, 1);
  const cose = encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point.subarray(1, 33)],
      [-3, point.subarray(33)],
    ]),
  );
  const authData = Buffer.concat([
    sha256(Buffer.from("example.com")),
    Buffer.of(0x41, 0, 0, 0, 0),
    Buffer.alloc(16),
    Buffer.of(0, 16),
    credentialId,
    cose,
  ]);
  const sig = sign("sha256", Buffer.concat([authData, clientDataHash]), leafKey.privateKey);
  const attestation = encode({ fmt: "android-key", attStmt: { alg: -7, sig, x5c: chain }, authData });
  const id = credentialId.toString("base64url");
  return {
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(clientData).toString("base64url"),
      attestationObject: Buffer.from(attestation).toString("base64url"),
    },
  };
}
