import { createServer } from "node:http";
import express from "express";
import { countersign } from "../../express/index.ts";
import type { Verification } from "../../verification.ts";
import { handled, listen, type OpenServer } from "./guarded-server.ts";

/** Guarded inside a mounted router, before the body parser. */
export const openExpressServer: OpenServer = (verifier, options) => {
  const router = express.Router();
  router.use(countersign(verifier, options));
  router.use(express.raw({ type: () => true, limit: "8mb" }));
  router.use((request: { readonly body?: unknown; readonly countersign?: Verification }, response) => {
    response.send(handled(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), request.countersign));
  });
  const app = express();
  app.use("/v1", router);
  return listen(createServer(app));
};
