import { createServer } from "node:http";
import { countersign } from "../../node/index.ts";
import { bodyDigest, listen, type OpenServer, readAll } from "./guarded-server.ts";

export const openNodeServer: OpenServer = (verifier) =>
  listen(
    createServer(
      countersign(verifier)(async (request, response) => {
        response.end(bodyDigest(await readAll(request)));
      }),
    ),
  );
