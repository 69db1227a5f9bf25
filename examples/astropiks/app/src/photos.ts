import { settings } from "./settings";

/** One picture of the day. */
export interface Photo {
  readonly date: string;
  readonly title: string;
  readonly explanation: string;
  readonly url: string;
}

const dayMs = 86_400_000;

/** The picture of one day, `YYYY-MM-DD`; null where that day has a video or the API fails for it. */
async function loadPhoto(date: string): Promise<Photo | null> {
  const url = `${settings.api}/planetary/apod?api_key=${settings.apiKey}&date=${date}`;
  const answer = await fetch(url);
  if (answer.status >= 500) return null;
  if (!answer.ok) throw new Error(`NASA answered ${answer.status}.`);
  const entry = (await answer.json()) as Photo & { readonly media_type: string };
  return entry.media_type === "image" ? entry : null;
}

/** The newest `count` pictures, a day back for each; at most three times as many days are asked. */
export async function loadPhotos(count: number, nowMs: number): Promise<readonly Photo[]> {
  const photos: Photo[] = [];
  for (let back = 0; photos.length < count && back < count * 3; back += 1) {
    const photo = await loadPhoto(new Date(nowMs - back * dayMs).toISOString().slice(0, 10));
    if (photo !== null) photos.push(photo);
  }
  return photos;
}
