import jwt from "jsonwebtoken";
import { JwksClient } from "jwks-rsa";
import { checkPay, jwksUriOf, type OpenBackend, secretOf, toClaims } from "../testing/compat/backend.ts";
import { describeBackend } from "../testing/compat/compat.suite.ts";

/** The check of the Node samples: the secret from the environment, its algorithm pinned. */
const bySecret: OpenBackend = async (scheme) => ({
  async check(token, authorization) {
    const { audience, issuer } = scheme;
    const claims = jwt.verify(token, secretOf(scheme), { algorithms: ["HS256"], audience, issuer });
    return checkPay(scheme, toClaims(claims), authorization);
  },
  close: async () => {},
});

/** A key by `kid` from the key set, as jwks-rsa documents it. */
const byJwks: OpenBackend = async (scheme) => {
  const client = new JwksClient({ jwksUri: jwksUriOf(scheme) });
  const { alg, audience, issuer } = scheme;
  if (alg !== "ES256" && alg !== "RS256" && alg !== "PS256") throw new TypeError("not an algorithm of jsonwebtoken");
  return {
    async check(token, authorization) {
      const claims = await new Promise((resolve, reject) => {
        jwt.verify(
          token,
          (header, callback) => {
            client.getSigningKey(header.kid, (error, key) => callback(error, key?.getPublicKey()));
          },
          { algorithms: [alg], audience, issuer },
          (error, verified) => (error === null ? resolve(verified) : reject(error)),
        );
      });
      return checkPay(scheme, toClaims(claims), authorization);
    },
    close: async () => {},
  };
};

describeBackend("jsonwebtoken on the base64 secret", ["HS256"], bySecret);
describeBackend("jsonwebtoken on the key set", ["ES256", "RS256", "PS256"], byJwks);
