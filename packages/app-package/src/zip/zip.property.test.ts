import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBuffer } from "yauzl";
import { openZip, scanZip } from "./open-zip.ts";
import { createCountedSource, writeZip } from "./zip-writer.suite.ts";

const entries = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-zé][a-z0-9./]{0,12}[a-z]$/u).filter((name) => !/(^|\/)\.\.?(\/|$)|\/\//u.test(name)),
    content: fc.uint8Array({ maxLength: 300 }),
    deflate: fc.boolean(),
    descriptor: fc.constantFrom("signed" as const, "plain" as const, undefined),
    gapBytes: fc.nat(40),
    extraBytes: fc.nat(10),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
);

/** Holes between entries, but none before the first: an archive begins with an entry. */
const archive = entries.map((made) =>
  made.map(({ descriptor, gapBytes, ...entry }, index) => ({
    ...entry,
    ...(descriptor === undefined ? {} : { descriptor }),
    gapBytes: index === 0 ? 0 : gapBytes,
  })),
);

/** Names and contents as yauzl reads them; null where it finds something wrong. */
function readWithYauzl(bytes: Buffer): Promise<readonly string[] | null> {
  return new Promise((resolve) => {
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, zip) => {
      if (error !== null) return resolve(null);
      const found: string[] = [];
      zip.on("error", () => resolve(null));
      zip.on("end", () => resolve(found));
      zip.on("entry", (entry) => {
        zip.openReadStream(entry, (failure, stream) => {
          if (failure !== null) return resolve(null);
          const pieces: Buffer[] = [];
          stream.on("data", (piece: Buffer) => pieces.push(piece));
          stream.on("error", () => resolve(null));
          stream.on("end", () => {
            // As bytes: yauzl takes names for CP 437 where flag 11 is clear.
            found.push(`${entry.compressedSize} ${Buffer.concat(pieces).toString("hex")}`);
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}

async function readOwn(bytes: Buffer): Promise<readonly string[] | null> {
  const opened = await openZip(createCountedSource(bytes));
  if (!opened.ok) return null;
  const found: string[] = [];
  for (const entry of opened.value.entries) {
    const read = await opened.value.read(entry, 1000);
    if (!read.ok) return null;
    found.push(`${entry.compressedBytes} ${Buffer.from(read.value).toString("hex")}`);
  }
  return found;
}

test("every well-formed archive is opened, and reads as another reader has it", async () => {
  await fc.assert(
    fc.asyncProperty(archive, async (made) => {
      const bytes = writeZip(made);
      expect(await readOwn(bytes)).toEqual(await readWithYauzl(bytes));
    }),
    { numRuns: 150 },
  );
});

test("whatever bytes of an archive are changed, nothing is thrown, and what is still opened has one reading", async () => {
  await fc.assert(
    fc.asyncProperty(
      archive,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      async (made, flips) => {
        const bytes = writeZip(made);
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        const scanned = await scanZip(createCountedSource(bytes));
        if (scanned.ok)
          for (const entry of scanned.value.archive.entries) await scanned.value.archive.read(entry, 1000);
        const own = await readOwn(bytes);
        const other = own === null ? null : await readWithYauzl(bytes);
        if (own !== null && other !== null) expect(own).toEqual(other);
      },
    ),
    { numRuns: 1500 },
  );
});
