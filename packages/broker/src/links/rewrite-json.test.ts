import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLinkFinder, isLinkTarget, type LinkedAddress, toLinkTarget } from "./link-target.ts";
import { rewriteJson } from "./rewrite-json.ts";

const linked: readonly LinkedAddress[] = [
  { api: "pictures", host: "apod.nasa.gov", port: 443, path: "/apod" },
  { api: "mirror", host: "mirror.example", port: 8443, path: "/" },
];

/** What becomes of a JSON text: each link stands as `L(api target fragment)`. */
async function rewritten(text: string | Buffer, maxLinks = 200): Promise<string | null> {
  const bytes = await rewriteJson(Buffer.from(text), {
    find: createLinkFinder(linked),
    hrefsOf: async (links) => links.map(({ api, target, fragment }) => `L(${api} ${target}${fragment})`),
    maxLinks,
  });
  return bytes === null ? null : bytes.toString("utf8");
}

const link = "https://apod.nasa.gov/apod/image/moon.jpg";
const found = '"L(pictures /apod/image/moon.jpg)"';

describe("links in JSON", () => {
  it("are rewritten wherever a value is one as a whole, and every other byte stays", async () => {
    const text = `{ "url" : "${link}",\n\t"n":1.0e2, "big":12345678901234567890, "all":["${link}", "a", null] , "__proto__":{"x":"${link}"}}\n`;
    expect(await rewritten(text)).toBe(text.replaceAll(`"${link}"`, found));
    expect(await rewritten(`"${link}"`)).toBe(found);
  });

  it.each([
    ["escaped slashes", link.replaceAll("/", "\\/")],
    ["slashes as units", link.replaceAll("/", "\\u002f")],
    ["slashes as units in upper case", link.replaceAll("/", "\\u002F")],
    ["every character as a unit", Array.from(link, (one) => `\\u00${one.charCodeAt(0).toString(16)}`).join("")],
    ["a first letter as a unit", `\\u0068${link.slice(1)}`],
  ])("are found with %s", async (_, written) => {
    expect(await rewritten(`{"u":"${written}"}`)).toBe(`{"u":${found}}`);
  });

  it.each([
    ["the port that is its own", "https://mirror.example:8443/a", '"L(mirror /a)"'],
    ["the port of https", "https://apod.nasa.gov:443/apod/a", '"L(pictures /apod/a)"'],
    ["no path", "https://mirror.example:8443", '"L(mirror /)"'],
    ["a query alone", "https://mirror.example:8443?a=1", '"L(mirror /?a=1)"'],
    ["an empty query", "https://mirror.example:8443/a?", '"L(mirror /a?)"'],
    ["a fragment, which is never sent", `${link}#moon?x`, '"L(pictures /apod/image/moon.jpg#moon?x)"'],
    ["a URL in its query", `${link}?u=${link}`, `"L(pictures /apod/image/moon.jpg?u=${link})"`],
    ["what clients escape or do not", `${link}?a[]='|'`, '"L(pictures /apod/image/moon.jpg?a%5B%5D=%27%7C%27)"'],
  ])("are found with %s", async (_, url, expected) => {
    expect(await rewritten(JSON.stringify([url]))).toBe(`[${expected}]`);
  });

  it.each([
    ["http", link.replace("https", "http")],
    ["a scheme in upper case", link.replace("https", "HTTPS")],
    ["a host in upper case", link.replace("apod.nasa", "APOD.nasa")],
    ["a trailing dot", link.replace(".gov", ".gov.")],
    ["another port", link.replace(".gov", ".gov:8443")],
    ["a port that is not its own", "https://mirror.example/a"],
    ["a port with a zero before", "https://mirror.example:08443/a"],
    ["an empty port", "https://apod.nasa.gov:/apod/a"],
    ["a user", link.replace("//", "//user@")],
    ["a user that looks like the host", "https://apod.nasa.gov@evil.example/apod/a"],
    ["a host that begins alike", link.replace(".gov", ".gov.evil.example")],
    ["a host that ends alike", link.replace("//", "//evil-")],
    ["a subdomain", link.replace("//", "//www.")],
    ["wide letters", link.replace("apod.nasa", "ａpod.nasa")],
    ["a soft hyphen", link.replace("apod.nasa", "ap\u00adod.nasa")],
    ["an ideographic full stop", link.replace("nasa.gov", "nasa。gov")],
    ["a letter of another script", link.replace("apod.nasa", "аpod.nasa")],
    ["an escaped host", link.replace("apod.nasa", "%61pod.nasa")],
    ["backslashes", "https:\\\\apod.nasa.gov\\apod\\a"],
    ["one backslash", "https://apod.nasa.gov\\apod/a"],
    ["a backslash before an at sign", "https://apod.nasa.gov\\@evil.example/apod"],
    ["one slash", "https:/apod.nasa.gov/apod/a"],
    ["three slashes", "https:///apod.nasa.gov/apod/a"],
    ["dots", "https://apod.nasa.gov/apod/../secret"],
    ["escaped dots", "https://apod.nasa.gov/apod/%2e%2e/secret"],
    ["escaped slashes and dots", "https://apod.nasa.gov/apod/..%2fsecret"],
    ["dots escaped twice", "https://apod.nasa.gov/apod/%252e%252e/secret"],
    ["dots with parameters", "https://apod.nasa.gov/apod/..;/secret"],
    ["another path", "https://apod.nasa.gov/secret/a"],
    ["a path that begins alike", "https://apod.nasa.gov/apodictic"],
    ["a path escaped into another", "https://apod.nasa.gov/apod%2fimage"],
    ["a space", `${link} `],
    ["a space before", ` ${link}`],
    ["a line feed", `${link}\n`],
    ["a tab inside", link.replace("apod/", "apod/\t")],
    ["a NUL", `${link}\u0000`],
    ["a lone surrogate", `${link}\ud800`],
    ["text around", `see ${link}`],
    ["markup around", `<img src="${link}">`],
    ["two links", `${link} ${link}`],
    ["4,097 characters", `${link}?${"a".repeat(4096 - link.length)}`],
    ["an escape cut off", `${link}?%2`],
    ["no scheme", link.replace("https:", "")],
    ["a blob", `blob:${link}`],
    ["a view of its source", `view-source:${link}`],
  ])("are left with %s", async (_, url) => {
    expect(await rewritten(JSON.stringify({ url }))).toBeNull();
  });

  it("lead to the API of their port where two have one host", () => {
    const both = [443, 8443].map((port) => ({ api: `at-${port}`, host: "mirror.example", port, path: "/" }));
    expect(toLinkTarget("https://mirror.example:8443/a", both)?.api).toBe("at-8443");
    expect(toLinkTarget("https://mirror.example/a", both.toReversed())?.api).toBe("at-443");
    expect(toLinkTarget("https://mirror.example:444/a", both)).toBeNull();
  });

  it("are left as names of members", async () => {
    expect(await rewritten(`{"${link}":1, "${link}" \n: "a"}`)).toBeNull();
    expect(await rewritten(`{"${link}":"${link}"}`)).toBe(`{"${link}":${found}}`);
  });

  it.each([
    ["is not terminated", `{"u":"${link}`],
    ["is not whole", `{"u":"${link}"`],
    ["ends with a backslash", `{"u":"${link}\\`],
    ["goes on", `{"u":"${link}"} x`],
    ["has a comment", `{"u":"${link}"/**/}`],
    ["has quotes of another kind", `{'u':'${link}'}`],
    ["has a raw line feed in a string", `{"u":"${link}","a":"\n"}`],
    ["has a byte order mark", `\ufeff"${link}"`],
    ["is empty", ""],
    ["is HTML", `<a href="${link}">`],
    ["is several texts", `"${link}"\n"${link}"`],
  ])("are left in a text that %s", async (_, text) => {
    expect(await rewritten(text)).toBeNull();
  });

  it("are left where the bytes are not UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from(`["${link}","`), Buffer.from([0xff]), Buffer.from('"]')]);
    expect(await rewritten(bytes)).toBeNull();
    expect(await rewritten(Buffer.from(`["${link}"]`, "utf16le"))).toBeNull();
  });

  it("are rewritten up to a bound, the first of them", async () => {
    const text = JSON.stringify(Array.from({ length: 5 }, () => link));
    expect(await rewritten(text, 3)).toBe(`[${[found, found, found, `"${link}"`, `"${link}"`].join(",")}]`);
  });

  it("are looked for until too much has looked like one and was none", async () => {
    const alike = "https://apod.nasa.gov/other";
    const few = JSON.stringify([...Array.from({ length: 2000 }, () => alike), link]);
    expect(await rewritten(few)).toBe(few.replace(`"${link}"`, found));
    const many = JSON.stringify([...Array.from({ length: 3000 }, () => alike), link]);
    expect(await rewritten(many)).toBeNull();
    const others = JSON.stringify([...Array.from({ length: 20_000 }, () => "https://elsewhere.example/a"), link]);
    expect(await rewritten(others)).toContain(found);
  });

  it("are found behind quotes, backslashes and any depth", async () => {
    const tricky = JSON.stringify({ a: '\\"', b: "\\\\", c: `"${link}`, d: link, e: '"' });
    expect(await rewritten(tricky)).toBe(tricky.replace(`"d":"${link}"`, `"d":${found}`));
    const deep = `${"[".repeat(5000)}"${link}"${"]".repeat(5000)}`;
    expect(await rewritten(deep)).toBe(deep.replace(`"${link}"`, found));
  });

  it("change nothing else of any JSON, and the values alone", async () => {
    const withLinks = fc.oneof(fc.constant(link), fc.string(), fc.constant(link.replaceAll("/", "\\/")));
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.array(withLinks, { maxLength: 8 }), async (value, texts) => {
        const whole = { value, texts };
        const text = JSON.stringify(whole);
        const given = await rewritten(text);
        const expected = JSON.parse(text, (_, one: unknown) => (one === link ? found.slice(1, -1) : one)) as unknown;
        expect(JSON.parse(given ?? text)).toEqual(expected);
      }),
    );
  });

  it("come back from a platform's own parser as they were sealed, and are what may be opened", () => {
    const plain = "aZ09-._~!$&'()*+,;=:@/|[]".split("");
    const characters = fc.constantFrom(...plain, "%41", "%2F", "%7c", "?", "/b/");
    const rest = fc.array(characters, { maxLength: 20 }).map((parts) => parts.join(""));
    let links = 0;
    fc.assert(
      fc.property(rest, (text) => {
        const url = toLinkTarget(`https://mirror.example:8443/${text}`, linked);
        if (url === null) return;
        links += 1;
        const href = `https://service.example/l/p/mirror/token${url.target}`;
        expect(new URL(href).href).toBe(href);
        expect(isLinkTarget(url.target, "mirror", linked)).toBe(true);
        expect(isLinkTarget(url.target, "pictures", linked)).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(links).toBeGreaterThan(20);
  });

  it("never throw on any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await rewritten(Buffer.from(bytes));
      }),
    );
  });
});
