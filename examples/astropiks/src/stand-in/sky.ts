import { createHash } from "node:crypto";
import { toPng } from "./png.ts";

const kinds = ["Nebula", "Spiral Galaxy", "Star Cluster", "Supernova Remnant", "Planetary Nebula", "Comet"] as const;
const looks = ["in Red", "over the Desert", "from Afar", "at Dawn", "in Infrared", "behind the Dust"] as const;
const dayMs = 86_400_000;

/** One day's entry, in the members of NASA's Astronomy Picture of the Day. */
export interface Apod {
  readonly date: string;
  readonly title: string;
  readonly explanation: string;
  readonly media_type: "image" | "video";
  readonly url: string;
  readonly hdurl?: string;
  readonly service_version: "v1";
}

/** The first day there is a picture for. */
export const firstDate = "1995-06-16";

/** A calendar date `YYYY-MM-DD` that exists, as UTC milliseconds; null for anything else. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(atMs) || toDate(atMs) !== text ? null : atMs;
}

export function toDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The entry of a day: the same for the same date, a video on every seventh. `origin` is where the pictures are. */
export function apodOf(date: string, origin: string): Apod {
  const seed = createHash("sha256").update(`sky ${date}`).digest();
  const number = Math.floor(Date.parse(`${date}T00:00:00Z`) / dayMs);
  const title = `${kinds[(seed[0] ?? 0) % kinds.length]} ${(seed[1] ?? 0) + 1000} ${looks[(seed[2] ?? 0) % looks.length]}`;
  const explanation = `What is this on ${date}? A ${title.toLowerCase()}, drawn by a program for those who have no telescope at hand.`;
  const base = { date, title, explanation, service_version: "v1" } as const;
  if (number % 7 === 0) return { ...base, media_type: "video", url: `${origin}/apod/video/${date}` };
  const url = `${origin}/apod/image/${date}.png`;
  return { ...base, media_type: "image", url, hdurl: `${url}?hd=1` };
}

/** The picture of a day: a field of stars around a soft glow. */
export function pictureOf(date: string): Buffer {
  const seed = createHash("sha256").update(`picture ${date}`).digest();
  const at = (index: number): number => seed[index % seed.length] ?? 0;
  const [width, height] = [96, 64];
  const stars = new Set<number>();
  for (let index = 0; index < 30; index += 1)
    stars.add(((at(index) * 7 + index * 131) % width) + ((at(index + 9) * 5 + index * 17) % height) * width);
  const [centreX, centreY] = [20 + (at(3) % 56), 14 + (at(4) % 36)];
  return toPng(width, height, (x, y) => {
    if (stars.has(x + y * width)) return [255, 255, 240];
    const glow = Math.max(0, 1 - Math.hypot(x - centreX, y - centreY) / 34) ** 2;
    return [8 + Math.round(at(5) * glow), 8 + Math.round(at(6) * glow), 24 + Math.round(at(7) * 0.9 * glow)];
  });
}
