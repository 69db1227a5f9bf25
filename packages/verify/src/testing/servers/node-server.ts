import { createServer } from "node:http";
import { countersign } from "../../node/index.ts";
import { handled, listen, type OpenServer, readAll } from "./guarded-server.ts";

export const openNodeServer: OpenServer = async (verifier, options) => {
  const handle = countersign(
    verifier,
    options,
  )(async (request, response) => {
    response.end(handled(await readAll(request), request.countersign));
  });
  return listen(createServer((request, response) => void handle(request, response)));
};
