/** One picture of the day. */
export interface Photo {
  readonly date: string;
  readonly title: string;
  readonly explanation: string;
  readonly url: string;
}

/** Reads an entry of the API; null where it is a video or not an entry at all. */
export function parseApod(bytes: Uint8Array): Photo | null {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { date, title, explanation, media_type: mediaType, url } = entry;
  if (mediaType !== "image" || typeof date !== "string" || typeof title !== "string") return null;
  if (typeof explanation !== "string" || typeof url !== "string") return null;
  return { date, title, explanation, url };
}
