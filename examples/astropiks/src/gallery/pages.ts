import type { Photo } from "./photo.ts";

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? "");

const style = `body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;background:#0b0d17;color:#e8e8f0}
a{color:#9cf}ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem;padding:0;list-style:none}
img{width:100%;image-rendering:pixelated;border-radius:.4rem}.no{border:1px solid #f66;border-radius:.4rem;padding:1rem}`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1>${body}</html>`;
}

/** What each form is, in a sentence. */
export interface FormText {
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
}

export function homePage(forms: readonly FormText[]): string {
  const items = forms.map(
    (form) =>
      `<li><h2><a href="/${form.name}/">${escapeHtml(form.title)}</a></h2><p>${escapeHtml(form.sentence)}</p></li>`,
  );
  return page("AstroPiks", `<p>The same gallery, three ways to hold NASA's API key.</p><ul>${items.join("")}</ul>`);
}

export function listPage(form: FormText, photos: readonly Photo[]): string {
  const items = photos.map(
    ({ date, title }) =>
      `<li><a href="/${form.name}/${date}"><img src="/${form.name}/${date}.png" alt=""><br>${escapeHtml(title)}</a><br><time>${date}</time></li>`,
  );
  return page(
    form.title,
    `<p>${escapeHtml(form.sentence)}</p><ul>${items.join("")}</ul><p><a href="/">All forms</a></p>`,
  );
}

export function detailPage(form: FormText, photo: Photo): string {
  const { date, title, explanation } = photo;
  const back = `<p><a href="/${form.name}/">Back</a></p>`;
  return page(
    title,
    `<img src="/${form.name}/${date}.png" alt=""><p><time>${escapeHtml(date)}</time></p><p>${escapeHtml(explanation)}</p>${back}`,
  );
}

/** What a refused user sees: that it did not work, whether an update helps, and the code to tell support. Never why. */
export function refusedPage(message: string, arc: string | null, action: "update" | null = null): string {
  const advice = action === "update" ? "<p>Please update AstroPiks to its current version.</p>" : "";
  const code =
    arc === null ? "" : `<p>If this is a mistake, tell support this code: <strong>${escapeHtml(arc)}</strong></p>`;
  return page(
    "No pictures today",
    `<div class="no"><p>${escapeHtml(message)}</p>${advice}${code}</div><p><a href="/">All forms</a></p>`,
  );
}
