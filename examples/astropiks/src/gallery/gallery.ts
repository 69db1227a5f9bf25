import { type Photo, parseApod } from "./photo.ts";

/** What the gallery needs of a way to fetch. Rejects where there is no answer, or where the app was refused. */
export type GalleryFetch = (url: string) => Promise<{ readonly status: number; readonly bytes: Uint8Array }>;

export interface GalleryOptions {
  /** Where the API is: `https://api.nasa.gov`, or its stand-in. */
  readonly origin: string;
  /** What stands in the app for the API key: the key itself, or a placeholder. */
  readonly apiKey: string;
  readonly fetch: GalleryFetch;
  readonly nowMs: () => number;
}

/** The pictures of the day, newest first. */
export interface Gallery {
  /** The newest `count` pictures: a day back for each, videos and failing days skipped, at most three times as many days asked. */
  list(count: number): Promise<readonly Photo[]>;
  /** The entry of one day, `YYYY-MM-DD`; null where that day has no picture. */
  detail(date: string): Promise<Photo | null>;
  /** The bytes of a picture. */
  picture(photo: Photo): Promise<Uint8Array>;
}

/** An answer of the API that is no picture: its status, and the message of its JSON error body. */
export class GalleryError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "GalleryError";
    this.status = status;
  }
}

const dayMs = 86_400_000;

/** NASA's two shapes of an error body: `{error:{code,message}}` of its gateway, `{code,msg}` of the service. */
function messageOf(bytes: Uint8Array): string {
  try {
    const body = JSON.parse(Buffer.from(bytes).toString("utf8")) as { error?: { message?: unknown }; msg?: unknown };
    const message = body.error?.message ?? body.msg;
    return typeof message === "string" ? message : "The API gave no reason.";
  } catch {
    return "The API gave no reason.";
  }
}

export function createGallery(options: GalleryOptions): Gallery {
  const { origin, apiKey, fetch, nowMs } = options;
  const entryUrl = (date: string): string =>
    `${origin}/planetary/apod?api_key=${encodeURIComponent(apiKey)}&date=${date}`;

  async function detail(date: string): Promise<Photo | null> {
    const answer = await fetch(entryUrl(date));
    if (answer.status !== 200) throw new GalleryError(answer.status, messageOf(answer.bytes));
    return parseApod(answer.bytes);
  }

  return {
    detail,
    async list(count) {
      const photos: Photo[] = [];
      for (let back = 0; photos.length < count && back < count * 3; back += 1) {
        const date = new Date(nowMs() - back * dayMs).toISOString().slice(0, 10);
        try {
          const photo = await detail(date);
          if (photo !== null) photos.push(photo);
        } catch (error) {
          if (!(error instanceof GalleryError) || error.status < 500) throw error;
        }
      }
      return photos;
    },
    async picture(photo) {
      const answer = await fetch(photo.url);
      if (answer.status !== 200) throw new GalleryError(answer.status, messageOf(answer.bytes));
      return answer.bytes;
    },
  };
}
