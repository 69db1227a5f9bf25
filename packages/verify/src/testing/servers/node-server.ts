import { createServer } from "node:http";
import { countersign } from "../../node/index.ts";
import { handled, listen, type OpenServer, readAll } from "./guarded-server.ts";

export const openNodeServer: OpenServer = (verifier, options) =>
  listen(
    createServer(
      countersign(
        verifier,
        options,
      )(async (request, response) => {
        response.end(handled(await readAll(request), request.countersign));
      }),
    ),
  );
