import { expect, it } from "vitest";
import { discoveryOf } from "./discovery.ts";

const issuer = "https://service.example/p/abc";
const jwksUri = `${issuer}/.well-known/jwks.json`;

it("names the issuer, its key set and the algorithms of that set", () => {
  expect(discoveryOf({ issuer, jwksUri, algs: ["RS256", "ES256", "RS256"] })).toEqual({
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ["id_token"],
    subject_types_supported: ["pairwise", "public"],
    id_token_signing_alg_values_supported: ["ES256", "RS256"],
    claims_supported: ["iss", "sub", "aud", "iat", "exp", "jti"],
  });
});

it("never lists HS256, and no empty list", () => {
  expect(discoveryOf({ issuer, jwksUri, algs: ["HS256", "PS256"] }).id_token_signing_alg_values_supported).toEqual([
    "PS256",
  ]);
  const documents = [discoveryOf({ issuer, jwksUri, algs: ["HS256"] }), discoveryOf({ issuer, jwksUri, algs: [] })];
  for (const each of documents) expect(each).not.toHaveProperty("id_token_signing_alg_values_supported");
});

it("names no endpoint that there is not", () => {
  const document = discoveryOf({ issuer, jwksUri, algs: ["ES256"] });
  expect(Object.keys(document).filter((name) => name.includes("endpoint"))).toEqual([]);
});
