import { createHmac, sign } from "node:crypto";
import { mintToken } from "@countersign/tokens";
import { createSigner } from "fast-jwt";
import { importPKCS8, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";
import type { Bench } from "../measure.ts";
import { inTurn, makeMaterial, mintInput } from "./material.ts";

/** One token from claims that are there, against signing bytes that are there. */
export async function mintingBench(alg: "HS256" | "ES256"): Promise<Bench> {
  const { key, secret, privatePem, tokens } = await makeMaterial(alg);
  const inputs = inTurn(tokens.map((token) => token.slice(0, token.lastIndexOf("."))));
  const mints = inTurn(tokens.map(() => mintInput(key)));
  const claims = inTurn(
    tokens.map((token) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object),
  );
  const bareSign = (input: string): Buffer =>
    alg === "HS256"
      ? createHmac("sha256", secret).update(input).digest()
      : sign("sha256", Buffer.from(input), { key: key.key, dsaEncoding: "ieee-p1363" });
  const fastSign = createSigner({ key: alg === "HS256" ? secret : privatePem, algorithm: alg, kid: key.kid });
  const joseKey =
    alg === "HS256"
      ? await globalThis.crypto.subtle.importKey(
          "raw",
          new Uint8Array(secret),
          { name: "HMAC", hash: "SHA-256" },
          false,
          ["sign"],
        )
      : await importPKCS8(privatePem, alg);
  const times =
    (action: () => unknown) =>
    (count: number): void => {
      for (let index = 0; index < count; index += 1) action();
    };
  return {
    what: `minting of one ${alg} token`,
    iterations: alg === "HS256" ? 5000 : 300,
    subjects: [
      {
        name: alg === "HS256" ? "bare createHmac" : "bare crypto.sign",
        run: times(() => bareSign(inputs()).toString("base64url")),
      },
      { name: "@countersign/tokens, mintToken", run: times(() => mintToken(mints())) },
      { name: "fast-jwt 6.3.6", run: times(() => fastSign({ ...claims() })) },
      {
        name: "jsonwebtoken 9.0.3",
        run: times(() => jsonwebtoken.sign({ ...claims() }, key.key, { algorithm: alg, keyid: key.kid })),
      },
      {
        name: "jose 6.2.17",
        run: async (count) => {
          for (let index = 0; index < count; index += 1)
            await new SignJWT({ ...claims() }).setProtectedHeader({ alg, typ: "JWT", kid: key.kid }).sign(joseKey);
        },
      },
    ],
    notes: ["mintToken also makes the claims, from typed parts, and checks them; the libraries are given them."],
  };
}
