import { createHmac, timingSafeEqual, verify } from "node:crypto";
import { createVerifier, pem, secretKeys } from "@countersign/verify";
import { createVerifier as createFastVerifier } from "fast-jwt";
import { importSPKI, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import type { Bench, Subject } from "../measure.ts";
import { audience, inTurn, issuer, type Material, type MeasuredAlg, makeMaterial } from "./material.ts";

const ours = "@countersign/verify, verifyToken";
const fast = "fast-jwt 6.3.6, cache off";
const bareNames: Readonly<Record<MeasuredAlg, string>> = {
  HS256: "bare createHmac and timingSafeEqual",
  ES256: "bare crypto.verify",
  RS256: "bare crypto.verify",
  EdDSA: "bare crypto.verify",
};

const iterations: Readonly<Record<MeasuredAlg, number>> = { HS256: 5000, ES256: 200, RS256: 500, EdDSA: 150 };

/** Signature alone: nothing is decoded but the signature, no claim looked at. */
function bare({ alg, publicKey, secret, tokens }: Material): Subject {
  const next = inTurn(
    tokens.map((token) => {
      const dot = token.lastIndexOf(".");
      return [token.slice(0, dot), token.slice(dot + 1)] as const;
    }),
  );
  const check = (input: string, signature: Buffer): boolean => {
    if (alg === "HS256") return timingSafeEqual(createHmac("sha256", secret).update(input).digest(), signature);
    if (alg === "EdDSA") return verify(null, Buffer.from(input), publicKey, signature);
    const key = alg === "ES256" ? ({ key: publicKey, dsaEncoding: "ieee-p1363" } as const) : publicKey;
    return verify("sha256", Buffer.from(input), key, signature);
  };
  return {
    name: bareNames[alg],
    run: (count) => {
      for (let index = 0; index < count; index += 1) {
        const [input, signature] = next();
        if (!check(input, Buffer.from(signature, "base64url"))) throw new Error("refused");
      }
    },
  };
}

function ownSubject({ alg, publicPem, secret, tokens }: Material): Subject {
  const keys = alg === "HS256" ? secretKeys([{ secret }]) : pem({ pem: publicPem, alg });
  const verifier = createVerifier({ issuer, audience, keys });
  const next = inTurn(tokens);
  return {
    name: ours,
    run: async (count) => {
      for (let index = 0; index < count; index += 1)
        if (!(await verifier.verifyToken(next())).ok) throw new Error("refused");
    },
  };
}

function fastSubject({ alg, publicPem, secret, tokens }: Material): Subject {
  const key = alg === "HS256" ? secret : publicPem;
  const check = createFastVerifier({ key, algorithms: [alg], allowedIss: issuer, allowedAud: audience, cache: false });
  const next = inTurn(tokens);
  return {
    name: fast,
    run: (count) => {
      for (let index = 0; index < count; index += 1) check(next());
    },
  };
}

function jsonwebtokenSubject({ alg, publicKey, tokens }: Material): Subject | null {
  if (alg === "EdDSA") return null;
  const next = inTurn(tokens);
  return {
    name: "jsonwebtoken 9.0.3",
    run: (count) => {
      for (let index = 0; index < count; index += 1)
        jsonwebtoken.verify(next(), publicKey, { algorithms: [alg], issuer, audience });
    },
  };
}

/** Every library is given the key in the form that it is fastest with, made beforehand. */
async function joseSubject({ alg, publicPem, secret, tokens }: Material): Promise<Subject> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key =
    alg === "HS256"
      ? await globalThis.crypto.subtle.importKey("raw", new Uint8Array(secret), hmac, false, ["verify"])
      : await importSPKI(publicPem, alg);
  const next = inTurn(tokens);
  return {
    name: "jose 6.2.17",
    run: async (count) => {
      for (let index = 0; index < count; index += 1)
        await jwtVerify(next(), key, { algorithms: [alg], issuer, audience });
    },
  };
}

/** One token, its signature, `iss`, `aud` and `exp`; ours looks at `typ`, `use`, `cnf` and the longest life as well. */
export async function verificationBench(alg: MeasuredAlg): Promise<Bench> {
  const material = await makeMaterial(alg);
  const others = [jsonwebtokenSubject(material), await joseSubject(material)].filter((each) => each !== null);
  const subjects =
    alg === "HS256"
      ? [fastSubject(material), ownSubject(material), bare(material), ...others]
      : [bare(material), ownSubject(material), fastSubject(material), ...others];
  const goals: Bench["goals"] =
    alg === "HS256" ? [{ subject: ours, atMost: 1 }] : alg === "ES256" ? [{ subject: ours, atMost: 1.1 }] : [];
  return {
    what: `verification of one ${alg} token of ${material.tokens[0]?.length} characters, no token twice in a row`,
    iterations: iterations[alg],
    subjects,
    goals,
    notes: [
      ...(alg === "EdDSA" ? ["jsonwebtoken has no EdDSA."] : []),
      "Bare cryptography looks at the signature alone and decodes no claim.",
    ],
  };
}
