import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blocksOf, commandsOf } from "../../../../testing/guide.ts";
import { runCli } from "../run-cli.ts";
import { draw, drawPrivateKey, drawToken } from "../testing/made-keys.ts";
import { makeZip } from "../testing/made-zip.ts";

const stripe = `sk_live_${draw("alnum", 24)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function countersign(args: readonly string[], isErrorTerminal = false) {
  let [out, err] = ["", ""];
  const code = await runCli(["scan", ...args], {
    stdin: new PassThrough(),
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    env: {},
    isTerminal: false,
    isErrorTerminal,
    home: folder,
    stopRequested: () => Promise.resolve(),
  });
  return { code, out, err };
}

const write = (name: string, data: string | Buffer): string => {
  writeFileSync(join(folder, name), data);
  return join(folder, name);
};

interface Report {
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly allowed: string | null }[];
  readonly counts: object;
  readonly unknownAllowed: readonly string[];
}

describe("countersign scan", () => {
  it("ends with 0 where nothing is, and with 1 where a secret is", async () => {
    expect((await countersign([write("a.ts", "export const a = 1;\n")])).code).toBe(0);
    expect((await countersign([write("b.ts", `x("${stripe}")`)])).code).toBe(1);
  });

  it("lets public keys and suspicions pass, and suspicions not where told so", async () => {
    const file = write("a.ts", `x("pk_live_${draw("alnum", 24)}", "sk_test_${draw("alnum", 24)}")`);
    expect((await countersign([file])).code).toBe(0);
    expect((await countersign([file, "--fail-on", "suspicious"])).code).toBe(1);
  });

  it("ends with 2 where nothing was found, and not everything was read", async () => {
    const locked = { name: "locked.js", data: "x", encrypted: true } as const;
    expect((await countersign([write("a.apk", makeZip([locked]))])).code).toBe(2);
    expect((await countersign([write("b.apk", makeZip([locked, { name: "k.js", data: `"${stripe}"` }]))])).code).toBe(
      1,
    );
  });

  it("ends with 2, in one line, where the input is not there or the words are wrong", async () => {
    const missing = await countersign([join(folder, "none")]);
    expect([missing.code, missing.err.split("\n").length]).toEqual([2, 2]);
    expect((await countersign([])).code).toBe(2);
    expect((await countersign([folder, "--fail-on", "never"])).code).toBe(2);
  });

  it("prints the documented object, and no value, whole or more than six characters of it", async () => {
    const values = [stripe, drawToken({ sub: "u" }), draw("hex", 32), "Kaffee7!Kuchen", drawPrivateKey()];
    const [a, b, c, d, e] = values;
    const file = write(
      "a.ts",
      `x("${a}", "${b}"); const apiKey = "${c}"; password: "${d}"; https://me:${draw("alnum", 20)}@h.acme.io/\n${e}`,
    );
    const json = await countersign([file, "--json"]);
    expect(Object.keys(JSON.parse(json.out) as object)).toEqual([
      "input",
      "findings",
      "counts",
      "harmless",
      "unreadable",
      "read",
      "unknownAllowed",
    ]);
    expect((JSON.parse(json.out) as Report).counts).toEqual({
      secret: 5,
      suspicious: 1,
      publicByDesign: 0,
      allowed: 0,
    });
    const text = await countersign([file]);
    for (const value of [...values, draw("alnum", 20)]) {
      for (let at = 0; at + 7 <= value.length; at += 1) {
        const part = value.slice(at, at + 7);
        if (/^[-\s]|PRIVATE|BEGIN|KEY|eyJhbGc/.test(part)) continue;
        expect(json.out).not.toContain(part);
        expect(text.out).not.toContain(part);
      }
    }
  });

  it("proposes commands out of its own tables, and never what a scanned file could make of them", async () => {
    const good = await countersign([
      write("a.js", `fetch("https://api.nasa.gov/planetary/apod?api_key=${draw("alnum", 40)}")`),
    ]);
    expect(good.out).toContain("countersign api add nasa --host api.nasa.gov\n");
    const key = draw("alnum", 40);
    for (const url of [
      `https://a.io/$(id)?api_key=${key}`,
      `https://a.io/';id;'/?api_key=${key}`,
      `https://a-.$x.io/?api_key=${key}`,
    ]) {
      const { out } = await countersign([write("b.js", `fetch("${url}")`)]);
      expect(out.match(/^ {4}.*$/gm)?.join("\n") ?? "").not.toMatch(/\$|;|id;|\(/);
    }
  });

  it("shows nothing of a file's name that could move the cursor", async () => {
    const { out } = await countersign([
      write("a.apk", makeZip([{ name: "a\u001b[2J\u202e.js", data: `"${stripe}"` }])),
    ]);
    expect(out).toContain("a·[2J·.js");
  });

  it("shows progress on a terminal alone, and clears it", async () => {
    const members = Array.from({ length: 70 }, (_, index) => ({ name: `f${index}.txt`, data: "x" }));
    const file = write("a.zip", makeZip(members));
    expect((await countersign([file])).err).toBe("");
    expect((await countersign([file], true)).err).toBe("\r\u001b[K64 files, 0 MB\r\u001b[K");
  });
});

describe("docs/guides/scan.md", () => {
  const page = "docs/guides/scan.md";
  const root = join(import.meta.dirname, "../../../..");
  const argumentsOf = (line: string): readonly string[] =>
    line
      .replace(/^npx countersign scan /, "")
      .split(" ")
      .map((part) => (part.includes("/") ? join(root, part) : part));

  it.each(commandsOf(page))("%s ends with 0", async (line) => {
    expect(await countersign(argumentsOf(line))).toMatchObject({ code: 0, err: "" });
  });

  it("shows what the command prints", async () => {
    const [block = ""] = blocksOf(page, "text");
    const [command = "", ...lines] = block.trimEnd().split("\n");
    const { code, out } = await countersign(argumentsOf(command.replace(/^\$ /, "")));
    expect([code, out.split("\n").slice(0, lines.length)]).toEqual([1, lines]);
  });

  it("accepts a finding as it says", async () => {
    const list = write("accepted.json", blocksOf(page, "json")[0] ?? "");
    const hardCoded = join(root, "examples/astropiks/src/forms/hard-coded.ts");
    expect((await countersign([hardCoded, "--allow", list])).code).toBe(0);
  });
});

describe("accepted findings", () => {
  const scanJson = async (...args: readonly string[]): Promise<Report> =>
    JSON.parse((await countersign([...args, "--json"])).out) as Report;

  it("are told, with their reason, and do not fail the build", async () => {
    const file = write("a.ts", `x("${stripe}")`);
    const id = (await scanJson(file)).findings[0]?.id ?? "";
    const list = write("allow.json", JSON.stringify({ allow: [{ id, reason: "withdrawn in May" }] }));
    expect((await countersign([file, "--allow", list])).code).toBe(0);
    expect((await scanJson(file, "--allow", list)).findings).toMatchObject([{ id, allowed: "withdrawn in May" }]);
    expect(
      (await countersign([write("b.ts", `x("sk_live_${draw("alnum", 24, "other")}")`), "--allow", list])).code,
    ).toBe(1);
  });

  it("that are not found any more are said", async () => {
    const list = write("allow.json", JSON.stringify({ allow: [{ id: "0123456789abcdef", reason: "gone" }] }));
    const file = write("a.ts", "1");
    expect((await scanJson(file, "--allow", list)).unknownAllowed).toEqual(["0123456789abcdef"]);
    expect((await countersign([file, "--allow", list])).out).toContain("0123456789abcdef");
  });

  it.each([
    ["no object", "[]"],
    ["no JSON", "{"],
    ["an entry without a reason", `{"allow":[{"id":"0123456789abcdef","reason":" "}]}`],
    ["a value in place of an id", `{"allow":[{"id":"${stripe}","reason":"x"}]}`],
    ["an id twice", `{"allow":[{"id":"0123456789abcdef","reason":"a"},{"id":"0123456789abcdef","reason":"b"}]}`],
    ["a member twice", `{"allow":[],"allow":[]}`],
  ])("are refused as a whole where the file has %s", async (_title, text) => {
    const { code, err } = await countersign([write("a.ts", "1"), "--allow", write("allow.json", text)]);
    expect(code).toBe(2);
    expect(err).not.toContain(stripe);
  });
});
