import { AgentError } from "@countersign/client";
import { afterEach, describe, expect, test } from "vitest";
import { apodOf } from "../stand-in/sky.ts";
import { createGallery, type GalleryFetch } from "./gallery.ts";
import { createGalleryWeb, type GalleryWeb } from "./gallery-web.ts";

const nowMs = (): number => Date.UTC(2026, 10, 22, 12);
const origin = "https://api.nasa.gov";
const json = (status: number, value: unknown) => ({ status, bytes: Buffer.from(JSON.stringify(value)) });
const dateOf = (url: string): string => new URL(url).searchParams.get("date") ?? "";

const galleryOver = (fetch: GalleryFetch) => createGallery({ origin, apiKey: "the key & more", fetch, nowMs });

describe("the gallery", () => {
  test("goes back a day per picture and skips videos and days on which the API fails", async () => {
    const asked: string[] = [];
    const gallery = galleryOver(async (url) => {
      asked.push(url);
      return dateOf(url) === "2026-11-21"
        ? json(500, { msg: "Internal Service Error" })
        : json(200, apodOf(dateOf(url), origin));
    });
    const photos = await gallery.list(4);
    expect(photos).toHaveLength(4);
    expect(asked[0]).toBe(`${origin}/planetary/apod?api_key=the%20key%20%26%20more&date=2026-11-22`);
    expect(photos.map((photo) => photo.date)).not.toContain("2026-11-21");
    const images = asked.map(dateOf).filter((date) => apodOf(date, origin).media_type === "image");
    expect(images).toEqual(expect.arrayContaining(photos.map((photo) => photo.date)));
  });

  test("tells what the API said where it refuses", async () => {
    const refused = { error: { code: "API_KEY_INVALID", message: "An invalid api_key was supplied." } };
    await expect(galleryOver(async () => json(403, refused)).list(3)).rejects.toMatchObject({
      status: 403,
      message: "An invalid api_key was supplied.",
    });
    await expect(galleryOver(async () => json(429, {})).detail("2026-11-20")).rejects.toMatchObject({ status: 429 });
  });
});

describe("the gallery's pages", () => {
  let web: GalleryWeb;
  afterEach(() => web.close());
  const open = async (fetch: GalleryFetch): Promise<void> => {
    const form = { name: "delivered", title: "Delivered", sentence: "A <sentence> & more." };
    web = await createGalleryWeb({ port: 0, forms: [{ ...form, gallery: galleryOver(fetch) }] });
  };
  const get = async (path: string): Promise<{ status: number; text: string; type: string | null }> => {
    const answer = await fetch(web.origin + path);
    return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
  };

  test("show list, detail and picture", async () => {
    await open(async (url) =>
      url.endsWith(".png") ? { status: 200, bytes: Buffer.from("PNG") } : json(200, apodOf(dateOf(url), origin)),
    );
    expect((await get("/")).text).toContain("A &lt;sentence&gt; &amp; more.");
    const list = await get("/delivered/");
    expect(list.text).toContain('href="/delivered/2026-11-22"');
    const detail = await get("/delivered/2026-11-22");
    expect(detail.text).toContain(apodOf("2026-11-22", origin).title);
    expect(await get("/delivered/2026-11-22.png")).toEqual({ status: 200, text: "PNG", type: "image/png" });
    expect((await get("/delivered/x")).status).toBe(404);
  });

  test("show a refused user a message with the ARC, and nothing of why", async () => {
    await open(() => Promise.reject(new AgentError("refused", { arc: "ABCDEFGHIJKLMNOP", reasons: ["signal_hook"] })));
    const page = await get("/delivered/");
    expect(page.status).toBe(403);
    expect(page.text).toContain("ABCDEFGHIJKLMNOP");
    expect(page.text).not.toContain("signal_hook");
    expect(page.text).not.toContain("update");
  });

  test("ask a user whose version is withdrawn to update", async () => {
    await open(() => Promise.reject(new AgentError("refused", { arc: "ABCDEFGHIJKLMNOP", action: "update" })));
    const page = await get("/delivered/");
    expect(page.text).toContain("Please update AstroPiks");
    expect(page.text).toContain("ABCDEFGHIJKLMNOP");
  });

  test("show no more of a mistake than that there was one", async () => {
    await open(() => Promise.reject(new Error("https://api.nasa.gov/?api_key=secret")));
    const page = await get("/delivered/");
    expect([page.status, page.text.includes("secret")]).toEqual([502, false]);
  });
});
