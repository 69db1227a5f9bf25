import { createVerifier } from "fast-jwt";
import { JwksClient } from "jwks-rsa";
import { checkPay, jwksUriOf, type OpenBackend, secretOf, toClaims } from "../testing/compat/backend.ts";
import { describeBackend } from "../testing/compat/compat.suite.ts";

const bySecret: OpenBackend = async (scheme) => {
  const verify = createVerifier({
    key: secretOf(scheme),
    algorithms: ["HS256"],
    allowedAud: scheme.audience,
    allowedIss: scheme.issuer,
  });
  return {
    check: async (token, authorization) => checkPay(scheme, toClaims(verify(token)), authorization),
    close: async () => {},
  };
};

const byJwks: OpenBackend = async (scheme) => {
  const client = new JwksClient({ jwksUri: jwksUriOf(scheme) });
  const verify = createVerifier({
    key: async ({ header }: { readonly header: { readonly kid?: string } }) =>
      (await client.getSigningKey(header.kid)).getPublicKey(),
    algorithms: [scheme.alg],
    allowedAud: scheme.audience,
    allowedIss: scheme.issuer,
  });
  return {
    check: async (token, authorization) => checkPay(scheme, toClaims(await verify(token)), authorization),
    close: async () => {},
  };
};

describeBackend("fast-jwt on the base64 secret", ["HS256"], bySecret);
describeBackend("fast-jwt on the key set", ["ES256", "RS256", "PS256", "EdDSA"], byJwks);
