import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentError } from "@countersign/client";
import { type Gallery, GalleryError } from "./gallery.ts";
import { detailPage, type FormText, homePage, listPage, refusedPage } from "./pages.ts";

export interface GalleryForm extends FormText {
  readonly gallery: Gallery;
}

export interface GalleryWeb {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  close(): Promise<void>;
}

const headers = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
  "x-content-type-options": "nosniff",
} as const;

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...headers, "content-type": type });
  response.end(body);
}

/** What a user sees of a failure: never more than the agent's own words, the API's own words, or none. */
function failurePage(error: unknown): { readonly status: number; readonly page: string } {
  if (error instanceof AgentError) {
    return { status: error.code === "refused" ? 403 : 502, page: refusedPage(error.message, error.arc, error.action) };
  }
  if (error instanceof GalleryError) return { status: 502, page: refusedPage(`NASA says: ${error.message}`, null) };
  return { status: 502, page: refusedPage("The picture could not be fetched.", null) };
}

/**
 * A small web page on the loopback address that stands for the app's screens: `/` the forms, `/{form}/` the list, `/{form}/{date}` the
 * detail, `/{form}/{date}.png` the picture, each fetched the way the form fetches.
 */
export async function createGalleryWeb(options: {
  readonly forms: readonly GalleryForm[];
  readonly port: number;
}): Promise<GalleryWeb> {
  const { forms } = options;

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const html = "text/html; charset=utf-8";
    if (path === "/") return send(response, 200, html, homePage(forms));
    const [, name, date, png] = /^\/([a-z-]+)\/(?:(\d{4}-\d{2}-\d{2})(\.png)?)?$/.exec(path) ?? [];
    const form = forms.find((one) => one.name === name);
    if (form === undefined) return send(response, 404, html, refusedPage("There is no such page.", null));
    if (date === undefined) return send(response, 200, html, listPage(form, await form.gallery.list(6)));
    const photo = await form.gallery.detail(date);
    if (photo === null) return send(response, 404, html, refusedPage("There is no picture for that day.", null));
    if (png === undefined) return send(response, 200, html, detailPage(form, photo));
    return send(response, 200, "image/png", await form.gallery.picture(photo));
  }

  const server = createServer((request, response) => {
    answer(request.url ?? "/", response).catch((error: unknown) => {
      const { status, page } = failurePage(error);
      send(response, status, "text/html; charset=utf-8", page);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
