import { createServer } from "node:http";
import express from "express";
import { countersign } from "../../express/index.ts";
import { bodyDigest, listen, type OpenServer } from "./guarded-server.ts";

/** Guarded inside a mounted router, before the body parser. */
export const openExpressServer: OpenServer = (verifier) => {
  const router = express.Router();
  router.use(countersign(verifier));
  router.use(express.raw({ type: () => true }));
  router.use((request: { readonly body?: unknown }, response) => {
    response.send(bodyDigest(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)));
  });
  const app = express();
  app.use("/v1", router);
  return listen(createServer(app));
};
