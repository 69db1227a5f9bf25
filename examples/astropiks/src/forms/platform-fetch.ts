import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { GalleryFetch } from "../gallery/gallery.ts";

/** How an app without an agent fetches: under whatever authorities the device trusts, here `trustedCas`, and in the clear where it is told to. */
export function createPlatformFetch(options: {
  readonly trustedCas: readonly string[];
  readonly through?: { readonly port: number };
}): GalleryFetch {
  return (url) =>
    new Promise((resolve, reject) => {
      const { protocol, hostname, port, pathname, search } = new URL(url);
      const send = protocol === "http:" ? requestPlain : requestTls;
      const outgoing = send(
        {
          host: hostname,
          port: options.through?.port ?? (port === "" ? undefined : port),
          path: pathname + search,
          ca: [...options.trustedCas],
          agent: false,
        },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on("data", (part: Buffer) => parts.push(part));
          incoming.on("error", reject);
          incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, bytes: Buffer.concat(parts) }));
        },
      );
      outgoing.on("error", reject);
      outgoing.end();
    });
}
