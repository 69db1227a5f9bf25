import { createServer } from "node:http";
import express from "express";
import { expressjwt, type GetVerificationKey, type Request as JwtRequest } from "express-jwt";
import { expressJwtSecret } from "jwks-rsa";
import { checkPay, jwksUriOf, type OpenBackend, secretOf, toClaims } from "../testing/compat/backend.ts";
import { describeBackend } from "../testing/compat/compat.suite.ts";
import type { Scheme } from "../testing/compat/scheme.ts";
import { listen } from "../testing/servers/guarded-server.ts";

const tokenHeader = "Approov-Token";

/** A real Express server with the middleware of the samples before its routes. */
const openWith =
  (keyOf: (scheme: Scheme) => Buffer | GetVerificationKey): OpenBackend =>
  async (scheme) => {
    const { alg, audience, issuer } = scheme;
    const app = express();
    app.use(
      expressjwt({
        secret: keyOf(scheme),
        algorithms: [alg as "HS256"],
        audience,
        issuer,
        getToken: (request) => request.header(tokenHeader),
      }),
    );
    app.use((request: JwtRequest, response) => {
      try {
        response.json(checkPay(scheme, toClaims(request.auth), request.header("authorization") ?? ""));
      } catch {
        response.status(401).json({});
      }
    });
    // Express knows an error handler by its four parameters.
    app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(401).json({});
    });
    const server = await listen(createServer(app));
    return {
      async check(token, authorization) {
        const headers = { [tokenHeader]: token, authorization };
        const response = await fetch(`http://127.0.0.1:${server.port}/v1/photos`, { headers });
        if (response.status !== 200) throw new Error(`answered ${response.status}`);
        return toClaims(await response.json());
      },
      close: () => server.close(),
    };
  };

describeBackend("express-jwt on the base64 secret", ["HS256"], openWith(secretOf));
describeBackend(
  "express-jwt with jwks-rsa on the key set",
  ["ES256", "RS256", "PS256"],
  openWith((scheme) => expressJwtSecret({ jwksUri: jwksUriOf(scheme), cache: true }) as GetVerificationKey),
);
