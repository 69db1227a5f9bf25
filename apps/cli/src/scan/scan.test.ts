import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { makeAndroidXml, makeResources } from "../testing/made-android.ts";
import { makeBinaryPlist, makeMachO } from "../testing/made-apple.ts";
import { makeDex } from "../testing/made-dex.ts";
import { makeHermes } from "../testing/made-hermes.ts";
import { draw } from "../testing/made-keys.ts";
import { makeZip } from "../testing/made-zip.ts";
import { type ScanLimits, scanLimits } from "./limits.ts";
import { type ScanResult, scanInput } from "./scan.ts";
import { toExitCode, toScanReport } from "./scan-report.ts";

const root = join(import.meta.dirname, "../../../..");
const stripe = `sk_live_${draw("alnum", 24)}`;
const named = draw("hex", 32);
const nowMs = Date.UTC(2026, 10, 22);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, data: Buffer | string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  return file;
}

async function scan(input: string, limits: Partial<ScanLimits> = {}, includeIgnored = false): Promise<ScanResult> {
  const result = await scanInput(input, { includeIgnored, nowMs, limits: { ...scanLimits, ...limits } });
  if (result === null) throw new Error("the input cannot be read");
  return result;
}

/** Rule and files of each finding. */
const brief = ({ findings }: ScanResult): readonly (readonly [string, ...string[]])[] =>
  findings.map(({ rule, where }) => [rule, ...where.map(({ file }) => file)] as const);

type Planted = readonly [title: string, member: string, rule: string, data: Buffer | string];

const planted: readonly Planted[] = [
  ["a dex string table", "classes.dex", "stripe-secret-key", makeDex({}, ["GET", stripe, "ünïcödé 🗝"])],
  ["a dex static field", "classes2.dex", "named-key", makeDex({ API_KEY: named, DEBUG_NAME: "release build" }, ["x"])],
  [
    "Hermes bytecode",
    "assets/index.android.bundle",
    "stripe-secret-key",
    makeHermes(["print", stripe, "ünïcödé", "z".repeat(300)]),
  ],
  [
    "Hermes bytecode with other function headers",
    "main.jsbundle",
    "stripe-secret-key",
    makeHermes(["print", stripe], 12, 5),
  ],
  [
    "Hermes bytecode of an unknown layout",
    "main.hbc",
    "stripe-secret-key",
    makeHermes(["print ", stripe, " x"], 28, 5),
  ],
  ["a JavaScript bundle", "assets/www/main.js", "stripe-secret-key", `!function(){var e="${stripe}";n(e)}();`],
  [
    "a source map",
    "main.js.map",
    "stripe-secret-key",
    JSON.stringify({ version: 3, sources: ["src/pay.ts"], sourcesContent: [`pay("${stripe}")`], mappings: "" }),
  ],
  ["a source map that is none", "main.js.map", "stripe-secret-key", `{"version":3,"sources":[}"${stripe}"`],
  ["Android resources", "resources.arsc", "named-key", makeResources({ app_name: "Gallery", weather_api_key: named })],
  ["compiled Android XML", "AndroidManifest.xml", "named-key", makeAndroidXml("org.example.API_KEY", named)],
  ["compiled Android XML in UTF-8", "res/xml/a.xml", "named-key", makeAndroidXml("org.example.API_KEY", named, true)],
  [
    "protobuf resources",
    "base/resources.pb",
    "stripe-secret-key",
    Buffer.concat([Buffer.from([10, 3, 0]), Buffer.from(stripe), Buffer.from([0, 1])]),
  ],
  [
    "a native library",
    "lib/arm64-v8a/libkeys.so",
    "stripe-secret-key",
    Buffer.concat([Buffer.from("7f454c46020101000000", "hex"), Buffer.alloc(64), Buffer.from(`${stripe}\0`)]),
  ],
  [
    "a native library in UTF-16",
    "lib/arm64-v8a/libapp.so",
    "stripe-secret-key",
    Buffer.concat([Buffer.from("7f454c4602010100000000", "hex"), Buffer.from(`${stripe}\0`, "utf16le")]),
  ],
  ["a Mach-O section", "Payload/A.app/A", "stripe-secret-key", makeMachO(["GET", stripe])],
  [
    "a Mach-O section, value beside its name",
    "Payload/A.app/A",
    "random-near-name",
    makeMachO(["GET", "weather_api_key", named]),
  ],
  [
    "a fat Mach-O file",
    "Payload/A.app/Frameworks/F",
    "random-near-name",
    makeMachO(["GET", "weather_api_key", named], true),
  ],
  [
    "a binary property list",
    "Payload/A.app/Info.plist",
    "named-key",
    makeBinaryPlist({ CFBundleName: "Gälerie", WeatherAPIKey: named }),
  ],
  [
    "an XML property list",
    "Payload/A.app/Keys.plist",
    "named-key",
    `<plist><dict><key>WeatherAPIKey</key>\n<string>${named}</string></dict></plist>`,
  ],
  ["JSON", "assets/config.json", "named-key", JSON.stringify({ weather: { apiKey: named } })],
  ["properties", "assets/app.properties", "named-key", `# config\r\nweather.api.key=${named}\r\n`],
  ["an environment file", "assets/.env", "named-key", `WEATHER_API_KEY=${named}\n`],
  ["text in UTF-16", "assets/strings.txt", "stripe-secret-key", Buffer.from(`\ufeffkey ${stripe}\n`, "utf16le")],
];

describe("a key planted in", () => {
  it.each(planted)("%s is found in an archive, at its path", async (_title, member, rule, data) => {
    const members = [
      { name: "first.txt", data: "nothing here" },
      { name: member, data },
      { name: "icon.png", data: Buffer.from("89504e470d0a1a0a", "hex"), store: true },
    ] as const;
    const result = await scan(write("app.apk", makeZip(members)));
    expect(result.findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(result.findings[0]?.where[0]?.file.split("!/")[0]).toBe(member);
    expect(result.read).toMatchObject({ files: 3, skipped: 1 });
    expect(result.unreadable.every(({ readAs }) => readAs === "raw")).toBe(true);
  });

  it.each(planted)("%s is found in a folder, under the same id", async (_title, member, rule, data) => {
    write(join("A.app", member), data);
    const [found] = (await scan(join(folder, "A.app"))).findings;
    const [again] = (await scan(write("b.ipa", makeZip([{ name: member, data, store: true }])))).findings;
    expect([found?.rule, found?.id]).toEqual([rule, again?.id]);
  });

  it("an archive in the archive is found; one level deeper it is said to be unread", async () => {
    const inner = makeZip([{ name: "assets/k.js", data: `"${stripe}"` }]);
    const outer = makeZip([{ name: "base.apk", data: inner }]);
    expect(brief(await scan(write("all.apks", outer)))).toEqual([["stripe-secret-key", "base.apk!/assets/k.js"]]);
    const deep = await scan(write("deep.zip", makeZip([{ name: "all.apks", data: outer }])));
    expect(deep.findings).toEqual([]);
    expect(deep.unreadable).toEqual([{ file: "all.apks!/base.apk", reason: "too_deep", readAs: "nothing" }]);
  });
});

describe("what stands in several files", () => {
  it("is one finding with its places, in lines, columns and bytes", async () => {
    write("a.ts", `// first line\nconst pay = "${stripe}";\n`);
    write("b.bin", Buffer.concat([Buffer.from([0, 1, 2, 3]), Buffer.from(stripe), Buffer.from([0])]));
    const { findings } = await scan(folder);
    expect(findings).toMatchObject([
      {
        rule: "stripe-secret-key",
        occurrences: 2,
        where: [
          { file: "a.ts", line: 2, column: 14, offset: null },
          { file: "b.bin", line: null, column: null, offset: 4 },
        ],
      },
    ]);
  });

  it("keeps its id when the build around it changes", async () => {
    const [first] = (await scan(write("one.apk", makeZip([{ name: "classes.dex", data: makeDex({}, [stripe]) }]))))
      .findings;
    const [second] = (await scan(write("two.js", `${"\n".repeat(5000)}x("${stripe}")`))).findings;
    expect(first?.id).toBe(second?.id);
  });

  it("is found beyond every slice of a long text, with its line and column", async () => {
    const filler = `${"a".repeat(99)}\n`.repeat(30_000);
    const { findings } = await scan(
      write("long.js", `${filler}  "${stripe}"\n${"b ".repeat(800_000)}"sk_live_${draw("alnum", 24, "second")}"`),
    );
    expect(findings.map(({ where }) => where[0])).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ line: 30_001, column: 4 }),
        expect.objectContaining({ line: 30_002, column: 1_600_002 }),
      ]),
    );
  });
});

describe("folders", () => {
  it("leave out what no build ships, unless told otherwise", async () => {
    const hidden = [
      "node_modules/a/index.js",
      ".git/config",
      "src/pay.test.ts",
      "src/__tests__/pay.ts",
      "package-lock.json",
    ];
    for (const name of [...hidden, "src/pay.ts"]) write(name, `"${stripe}"`);
    expect(brief(await scan(folder))).toEqual([["stripe-secret-key", "src/pay.ts"]]);
    expect((await scan(folder, {}, true)).findings[0]?.occurrences).toBe(6);
  });

  it("of an app are read whole", async () => {
    write("A.app/node_modules/a/index.js", `"${stripe}"`);
    expect((await scan(join(folder, "A.app"))).findings).toHaveLength(1);
  });

  it("are not left through links", async () => {
    write("outside.ts", `"${stripe}"`);
    mkdirSync(join(folder, "in"));
    symlinkSync(join(folder, "outside.ts"), join(folder, "in", "link.ts"));
    symlinkSync(folder, join(folder, "in", "up"));
    expect(await scan(join(folder, "in"))).toMatchObject({ findings: [], read: { files: 0, skipped: 2 } });
  });
});

describe("hostile and damaged input", () => {
  it("a member that cannot be inflated is said, and the rest goes on", async () => {
    const zip = makeZip([
      { name: "bad.js", data: "x".repeat(100), packed: Buffer.from("ffffffffffff", "hex") },
      { name: "good.js", data: `"${stripe}"` },
    ]);
    const result = await scan(write("a.apk", zip));
    expect(brief(result)).toEqual([["stripe-secret-key", "good.js"]]);
    expect(result.unreadable).toEqual([{ file: "bad.js", reason: "damaged", readAs: "nothing" }]);
  });

  it("encrypted members, unknown methods and paths that lead out are said or taken as names", async () => {
    const zip = makeZip([
      { name: "locked.js", data: "x", encrypted: true },
      { name: "odd.js", data: "x", method: 99 },
      { name: "../../../etc/passwd", data: `"${stripe}"` },
      { name: "/root/a\\..\\b\u001b[2J.js", data: `"sk_live_${draw("alnum", 24, "b")}"` },
    ]);
    const result = await scan(write("a.apk", zip));
    expect(result.unreadable.map(({ file, reason }) => [file, reason])).toEqual([
      ["locked.js", "encrypted"],
      ["odd.js", "packed"],
    ]);
    expect(result.findings.flatMap(({ where }) => where.map(({ file }) => file)).toSorted()).toEqual([
      "etc/passwd",
      "root/a/b\u001b[2J.js",
    ]);
  });

  it("a bomb stops at the limits, and what follows it is read", async () => {
    const zip = makeZip([
      { name: "bomb.bin", data: Buffer.alloc(8_000_000) },
      { name: "after.js", data: `"${stripe}"` },
    ]);
    const result = await scan(write("a.apk", zip), { ratioBytes: 1_000_000 });
    expect(result.unreadable).toEqual([{ file: "bomb.bin", reason: "too_large", readAs: "nothing" }]);
    expect(brief(result)).toEqual([["stripe-secret-key", "after.js"]]);
    expect(result.read.bytes).toBeLessThan(2_000_000);
  });

  it("too many members are said, not read", async () => {
    const zip = makeZip(Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, data: "x" })));
    expect(await scan(write("a.zip", zip), { members: 5 })).toMatchObject({
      read: { files: 5 },
      unreadable: [{ reason: "too_large" }],
    });
  });

  it("bytes without a structure are read window by window, over the seams", async () => {
    // A window ends with the part that goes past four mebibytes; parts of a file of the disk have 256 KiB.
    const at = 4_194_304 + 262_144 - 12;
    const data = Buffer.concat([Buffer.alloc(at, 1), Buffer.from(stripe), Buffer.alloc(3_000_000, 1)]);
    const result = await scan(write("large.bin", data));
    expect(result.findings).toMatchObject([{ rule: "stripe-secret-key", occurrences: 1, where: [{ offset: at }] }]);
  });

  it("an archive beyond what is held is opened where it lies, and inside another one it is said to be unread", async () => {
    const filler = { name: "filler.bin", data: Buffer.alloc(300_000, draw("alnum", 997)), store: true } as const;
    const zip = makeZip([filler, { name: "k.js", data: `"${stripe}"` }]);
    write("apps/a.apk", zip);
    expect(brief(await scan(join(folder, "apps"), { wholeBytes: 100_000 }))).toEqual([
      ["stripe-secret-key", "a.apk!/k.js"],
    ]);
    const outer = await scan(write("b.zip", makeZip([{ name: "a.apk", data: zip }])), { wholeBytes: 100_000 });
    expect(outer.unreadable).toEqual([{ file: "a.apk", reason: "too_large", readAs: "nothing" }]);
  });

  it("a text with more keys than are told says so", async () => {
    const many = Array.from({ length: 1200 }, (_, index) => `"sk_live_${draw("alnum", 24, String(index))}"`).join("\n");
    const result = await scan(write("many.js", many));
    expect(result.findings).toHaveLength(1000);
    expect(result.unreadable).toEqual([{ file: "many.js", reason: "too_large", readAs: "nothing" }]);
  });

  it("a damaged table is read as raw characters, and said", async () => {
    const dex = makeDex({ API_KEY: named }, [stripe]);
    dex.writeUInt32LE(0x7fffffff, 0x3c);
    const result = await scan(write("classes.dex", dex));
    expect(brief(result)[0]).toEqual(["stripe-secret-key", "classes.dex"]);
    expect(result.unreadable).toEqual([{ file: "classes.dex", reason: "damaged", readAs: "raw" }]);
  });

  it("a table whose entries all point at the same long string costs no more than its size", async () => {
    const dex = makeDex({}, ["z".repeat(60_000), ...Array.from({ length: 4000 }, (_, index) => `s${index}`)]);
    const table = dex.readUInt32LE(0x3c);
    const longest = dex.indexOf(Buffer.from("zzzz")) - 3;
    for (let index = 0; index < dex.readUInt32LE(0x38); index += 1) dex.writeUInt32LE(longest, table + index * 4);
    const result = await scan(write("classes.dex", dex));
    expect(result.unreadable).toEqual([{ file: "classes.dex", reason: "damaged", readAs: "raw" }]);
  });

  it("a file that is no archive under an archive's name is read as what it is", async () => {
    expect(brief(await scan(write("a.apk", `const k = "${stripe}";`)))).toEqual([["stripe-secret-key", "a.apk"]]);
    const torn = makeZip([{ name: "a.js", data: `"${stripe}"`, store: true }]).subarray(0, 60);
    const result = await scan(write("b.apk", torn));
    expect(result.unreadable).toMatchObject([{ file: "b.apk", reason: "damaged", readAs: "nothing" }]);
    expect(brief(result)).toEqual([["stripe-secret-key", "b.apk"]]);
  });

  it("a file that is not there is null", async () => {
    expect(await scanInput(join(folder, "none"), { includeIgnored: false, nowMs })).toBeNull();
  });

  it("a file that may not be read is said", async () => {
    chmodSync(write("locked.ts", "x"), 0);
    chmodSync(folder, 0o755);
    // Root may read anything: it looks with the eyes of nobody.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const { unreadable } = await scan(folder);
      expect(unreadable).toEqual([{ file: "locked.ts", reason: "no_access", readAs: "nothing" }]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it("a member with bytes is read, whatever folder its name pretends to be", async () => {
    for (const name of ["k.js/", "k.js\\", `${"a".repeat(1023)}/k.js`]) {
      const result = await scan(write("a.apk", makeZip([{ name, data: `"${stripe}"` }])));
      expect(brief(result)).toMatchObject([["stripe-secret-key", expect.stringMatching(/[^/]$/)]]);
    }
    const empty = await scan(write("a.apk", makeZip([{ name: "assets/", data: "", store: true }])));
    expect(empty.read.files).toBe(0);
  });

  it("damaged tables without number do not crowd out what was not read at all", async () => {
    const torn = Buffer.from("bplist00\u0001\u0002");
    const many = Array.from({ length: 1100 }, (_, index) => ({ name: `${index}.plist`, data: torn }));
    const zip = makeZip([...many, { name: "locked.js", data: "x", encrypted: true }]);
    const result = await scan(write("a.apk", zip));
    expect(result.unreadable).toContainEqual({ file: "locked.js", reason: "encrypted", readAs: "nothing" });
    expect(toExitCode(toScanReport("a.apk", result, new Map()), "secret")).toBe(2);
  });

  it.each([
    ["config.ttf", `{"a":"${stripe}"}`],
    ["a.js", `RIFF=1;b="${stripe}"`],
  ])("a text is read as one under a picture's or a font's name or magic: %s", async (name, text) => {
    expect(brief(await scan(write(name, text)))).toEqual([["stripe-secret-key", name]]);
  });
});

const hermesc = join(root, "testing/engines/node_modules/hermes-engine-cli/linux64-bin/hermesc");

describe.skipIf(!existsSync(hermesc) && !requireAll)("bytecode of the real hermesc", () => {
  it("gives its literals: keys, keys in URLs and placeholders", async () => {
    const url = `https://api.nasa.gov/planetary/apod?api_key=${draw("alnum", 40)}`;
    const source = write(
      "app.js",
      `print("${stripe}", "cs-nasa-key-a2b3c4d5e6", "${url}", "grün", "${"long ".repeat(80)}");`,
    );
    const file = join(folder, "app.hbc");
    execFileSync(hermesc, ["-O", "-emit-binary", "-out", file, source]);
    const result = await scan(file);
    expect(brief(result)).toEqual([
      ["key-in-url", "app.hbc"],
      ["stripe-secret-key", "app.hbc"],
    ]);
    expect(result.findings[0]?.advice.commands[1]).toBe(
      "countersign secret set nasa-key --place 'api=nasa,in=query,name=api_key,path=/planetary/apod'",
    );
    expect(result).toMatchObject({ unreadable: [], harmless: { placeholders: 1 } });
  });
});

const vectors = vectorsFolder();

describe.skipIf(vectors === null && !requireAll)("real apps of the vectors", () => {
  it.each([
    "bundletool/apk/com.test.app.apk",
    "bundletool/bundle/install-time-permanent-modules.aab",
    "bundletool/bundle/watch-face-from-tool.aab",
    "isign/tests/Test.app",
  ])("%s has no secret and at most two suspicions, and is read whole", async (app) => {
    const result = await scan(join(vectors ?? "", "apps", app));
    expect(result.findings.filter(({ severity }) => severity === "secret")).toEqual([]);
    expect(result.findings.length).toBeLessThanOrEqual(2);
    expect(result.unreadable).toEqual([]);
    expect(result.read.files).toBeGreaterThan(2);
  });

  it("every compiled XML of the vectors is read or said to be damaged, and gives the one key that stands in them", async () => {
    const result = await scan(join(vectors ?? "", "apps/androguard/axml"));
    expect(result.findings).toMatchObject([
      { rule: "named-key", name: "UMENG_APPKEY", where: [{ file: "AndroidManifestUTF8Strings.xml" }] },
    ]);
    expect(result.unreadable.every(({ reason, readAs }) => reason === "damaged" && readAs === "raw")).toBe(true);
  });
});

describe("AstroPiks", () => {
  const forms = join(root, "examples/astropiks/src/forms");

  it("its hard-coded form is found", async () => {
    expect((await scan(join(forms, "hard-coded.ts"))).findings).toMatchObject([
      { rule: "named-key", severity: "secret", name: "apiKey", where: [{ file: "hard-coded.ts", line: 4 }] },
    ]);
  });

  it.each([
    ["hard-coded.ts", ["named-key"]],
    ["delivered.ts", []],
    ["brokered.ts", []],
  ])("%s bundled and minified gives %j", async (name, rules) => {
    const entryPoints = [join(forms, name)];
    const options = { entryPoints, bundle: true, minify: true, write: false, format: "esm" } as const;
    const { outputFiles } = await build({ ...options, conditions: ["@countersign/source"] });
    const { findings } = await scan(write("bundle.js", outputFiles[0]?.text ?? ""));
    expect(outputFiles[0]?.text.length).toBeGreaterThan(200);
    expect(findings.map(({ rule }) => rule)).toEqual(rules);
  });

  it.each(["delivered.ts", "brokered.ts"])("its form %s has nothing", async (name) => {
    expect(existsSync(join(forms, name)) && readFileSync(join(forms, name), "utf8").length).toBeGreaterThan(100);
    expect((await scan(join(forms, name))).findings).toEqual([]);
  });
});
