import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictUrl } from "./strict-url.ts";
import { isUnderPath } from "./substitution.ts";

const origins = [
  { host: "api.nasa.gov", port: 443 },
  { host: "[2001:db8::1]", port: 8443 },
];

describe("parseStrictUrl", () => {
  it("rebuilds the text that was checked", () => {
    expect(parseStrictUrl("https://api.nasa.gov:443?a=b#c", origins)).toEqual({
      ok: true,
      url: { host: "api.nasa.gov", port: 443, path: "/", query: "a=b", text: "https://api.nasa.gov/?a=b" },
    });
    expect(parseStrictUrl("https://[2001:db8::1]:8443/x%20y?", origins)).toEqual({
      ok: true,
      url: { host: "[2001:db8::1]", port: 8443, path: "/x%20y", query: "", text: "https://[2001:db8::1]:8443/x%20y?" },
    });
  });

  it.each(["/ü", "/a b", '/"', "/<", "/^", "/`", "/{", "/\\", "/%4", "/%zz", "/?ü", "/#ü", "/\n"])(
    "takes no character that RFC 3986 has no place for, and no escape that is not whole: %j",
    (rest) => {
      expect(parseStrictUrl(`https://api.nasa.gov${rest}`, origins)).toEqual({ ok: false, refused: true });
    },
  );

  it("sees the host that the platform's parser sees, for whatever it accepts", () => {
    const piece = fc.constantFrom(
      ..."https:// api.nasa.gov @ : / \\ ? # . .. %2e %2F %5c % a A 443 ü 。 \t \n [ ] ; & =".split(" "),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `https://${pieces.join("")}`;
        const strict = parseStrictUrl(text, origins);
        if (!strict.ok) return;
        const lenient = new URL(text);
        expect(strict.url.host).toBe(lenient.hostname);
        expect(String(strict.url.port)).toBe(lenient.port === "" ? "443" : lenient.port);
        expect(new URL(strict.url.text).pathname).toBe(strict.url.path);
      }),
      { numRuns: 20_000 },
    );
  });

  it("has path and query as the platform's parser sends them, so that what is signed is what is sent", () => {
    const piece = fc.constantFrom(..."a = & + ' ; : @ / ! $ ( ) * , ~ | [ ] - . _ %41 %27 ?".split(" "));
    const pieces = fc.array(piece, { maxLength: 8 }).map((all) => all.join(""));
    fc.assert(
      fc.property(pieces, pieces, (path, query) => {
        const strict = parseStrictUrl(`https://api.nasa.gov/${path.replaceAll("?", "")}?${query}`, origins);
        if (!strict.ok) return;
        const sent = new URL(strict.url.text);
        expect(sent.pathname).toBe(strict.url.path);
        expect(sent.href).toBe(strict.url.text);
      }),
      { numRuns: 5000 },
    );
    expect(parseStrictUrl("https://api.nasa.gov/it's?name=O'Hara", origins)).toHaveProperty(
      "url.text",
      "https://api.nasa.gov/it's?name=O%27Hara",
    );
  });

  it("never lets through what the platform's parser would send to a registered host otherwise", () => {
    const noise = fc.constantFrom("", "\t", "\n", " ", "\u00ad", "\u200b", "%", "@", "\\", "ａ", "。", "A", "%2e");
    fc.assert(
      fc.property(
        noise,
        noise,
        noise,
        fc.constantFrom("https://", "http://", "HTTPS:", "https:/", "//", "https:\\\\"),
        (a, b, c, scheme) => {
          const text = `${a}${scheme}${b}api.nasa${c}.gov/x`;
          const strict = parseStrictUrl(text, origins);
          let lenient: string | null = null;
          try {
            lenient = new URL(text, "https://base.example/").hostname;
          } catch {
            lenient = null;
          }
          if (lenient === "api.nasa.gov")
            expect(strict).toSatisfy((result: typeof strict) => result.ok || result.refused);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("refuses dot segments at any depth of encoding", () => {
    let dots = "..";
    for (let depth = 0; depth < 12; depth += 1) {
      expect(parseStrictUrl(`https://api.nasa.gov/a/${dots}/b`, origins)).toEqual({ ok: false, refused: true });
      dots = depth === 0 ? "%2e%2e" : dots.replaceAll("%", "%25");
    }
  });

  const refusedPath = (path: string): boolean => {
    const strict = parseStrictUrl(`https://api.nasa.gov/a/${path}`, origins);
    return !strict.ok && strict.refused;
  };

  it.each([
    ["with a parameter", "..;/b", ".;x=1/b", "..;", "%2e%2e;/b", "..%3B/b", "%252e.%253b/b"],
    ["before an escaped ? or #", "..%3Fx/b", "..%23x/b", "..%253Fx"],
    ["between spaces", "%20../b", "..%20/b"],
    ["in overlong bytes", "%c0%ae%c0%ae/b", "%C0%AE./b", "..%c0%afb", "%e0%80%ae%e0%80%ae/b", "%f0%80%80%ae./b"],
    [
      "in wide or small characters",
      "%EF%BC%8E%EF%BC%8E/b",
      "%EF%B9%92./b",
      "%E2%80%A4./b",
      "%E2%80%A5/b",
      "..%EF%BC%9B/b",
    ],
    [
      "behind what looks like a slash",
      "x%EF%BC%8F../b",
      "x%EF%BC%BC../b",
      "x%E2%81%84..",
      "x%E2%88%95..",
      "x%E2%88%96..",
    ],
  ])("refuses a dot segment %s", (_, ...paths) => {
    for (const path of paths) expect([path, refusedPath(path)]).toEqual([path, true]);
  });

  it("refuses a path whose escapes hide a control character, or are not UTF-8", () => {
    for (const path of [
      "b%00",
      "b%2500",
      "b%0d%0aHost:%20evil.example",
      "b%09",
      "b%7F",
      "b%C2%85",
      "caf%E9",
      "%ED%A0%80",
    ])
      expect([path, refusedPath(path)]).toEqual([path, true]);
  });

  it("lets dots, parameters, spaces and other scripts be", () => {
    for (const path of [
      "...",
      "..b",
      "b..",
      ".b;v=1",
      "b;..",
      "x;/b",
      "%20b",
      "%C3%BC/%E5%AE%87",
      "100%25",
      "a%2Fb",
      "%E2%80%A6",
    ])
      expect([path, refusedPath(path)]).toEqual([path, false]);
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseStrictUrl(text, origins)));
  });
});

describe("isUnderPath", () => {
  it("ends a prefix at a segment boundary", () => {
    expect(isUnderPath("/planetary", "/planetary")).toBe(true);
    expect(isUnderPath("/planetary/apod", "/planetary")).toBe(true);
    expect(isUnderPath("/planetary2", "/planetary")).toBe(false);
    expect(isUnderPath("/planetary", "/planetary/")).toBe(false);
    expect(isUnderPath("/anything", "/")).toBe(true);
    expect(isUnderPath("/Planetary", "/planetary")).toBe(false);
  });
});
