import { createGallery, type Gallery, type GalleryFetch } from "../gallery/gallery.ts";

/** The key in the app: whoever opens the package reads it, and a new one needs a new release. */
const apiKey = "astropiks-hard-coded-demonstration-key-0";

export const hardCodedKey: string = apiKey;

export function createHardCodedForm(app: {
  readonly origin: string;
  readonly fetch: GalleryFetch;
  readonly nowMs: () => number;
}): Gallery {
  return createGallery({ ...app, apiKey });
}
