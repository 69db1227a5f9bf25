import { openSealed, sealTo, sessionPublicKey } from "@countersign/protocol/server";
import { hpkeSteps } from "../hpke-steps.ts";
import { hex, type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { draw, ephemeral, sessionPrivate } from "../world.ts";

function sealVector(
  name: string,
  given: { skR: Uint8Array; skE: Uint8Array; info: Uint8Array; aad: Uint8Array; plaintext: Uint8Array },
): Vector {
  const { skR, skE, info, aad, plaintext } = given;
  const recipient = sessionPublicKey(skR);
  const seal = sealTo({ recipient, info, plaintext, aad, ephemeral: skE });
  if (seal === null) throw new Error("the recipient's key is unusable");
  return vectorOf({
    name,
    expected: "ok",
    inputs: { ...given, pkR: recipient },
    steps: hpkeSteps(skE, recipient, info),
    travels: { ...seal },
    judge: ({ enc = info, sealed = info }) =>
      openSealed({ privateKey: skR, enc, info, sealed, aad }) === null ? "service_untrusted" : "ok",
  });
}

function refusedVector(name: string, recipient: Uint8Array): Vector {
  const plaintext = draw(80);
  return vectorOf({
    name,
    expected: "malformed",
    inputs: { pkR: recipient, skE: ephemeral, info: draw(81), aad: new Uint8Array(0), plaintext },
    travels: {},
    judge: () => (sealTo({ recipient, info: draw(81), plaintext, ephemeral }) === null ? "malformed" : "ok"),
  });
}

export function seal(): VectorSet {
  return {
    set: "seal",
    about:
      "RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, one message. The first is RFC 9180 appendix A.2.1, sequence number 0.",
    vectors: [
      sealVector("RFC 9180 A.2.1", {
        skR: hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"),
        skE: hex("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600"),
        info: hex("4f6465206f6e2061204772656369616e2055726e"),
        aad: hex("436f756e742d30"),
        plaintext: hex("4265617574792069732074727574682c20747275746820626561757479"),
      }),
      sealVector("empty plaintext", {
        skR: sessionPrivate,
        skE: ephemeral,
        info: draw(81),
        aad: new Uint8Array(0),
        plaintext: new Uint8Array(0),
      }),
      refusedVector("all-zero recipient", new Uint8Array(32)),
      refusedVector("recipient of order 8", hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
    ],
  };
}
