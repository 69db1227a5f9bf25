import { createRemoteJWKSet, jwtVerify } from "jose";
import { checkPay, jwksUriOf, type OpenBackend, secretOf, toClaims } from "../testing/compat/backend.ts";
import { describeBackend } from "../testing/compat/compat.suite.ts";

const bySecret: OpenBackend = async (scheme) => {
  const { audience, issuer } = scheme;
  return {
    async check(token, authorization) {
      const { payload } = await jwtVerify(token, secretOf(scheme), { algorithms: ["HS256"], audience, issuer });
      return checkPay(scheme, toClaims(payload), authorization);
    },
    close: async () => {},
  };
};

const byJwks: OpenBackend = async (scheme) => {
  const { alg, audience, issuer } = scheme;
  const keys = createRemoteJWKSet(new URL(jwksUriOf(scheme)));
  return {
    async check(token, authorization) {
      const { payload } = await jwtVerify(token, keys, { algorithms: [alg], audience, issuer });
      return checkPay(scheme, toClaims(payload), authorization);
    },
    close: async () => {},
  };
};

describeBackend("jose on the base64 secret", ["HS256"], bySecret);
describeBackend("jose on the key set", ["ES256", "RS256", "PS256", "EdDSA"], byJwks);
