import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tag } from "@countersign/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../testing/leak-detector.ts";
import type { RecordStore } from "../domain/ports/index.ts";
import { sampleProject, sampleSecret, sampleSeed } from "../store/record-samples.suite.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import { openFileVault } from "../vault/file-vault.ts";
import { backupKeys } from "./backup-keys.ts";
import { restoreKeys } from "./restore-keys.ts";
import { rootKeyFiles } from "./root-key-files.ts";
import type { StartError } from "./start-error.ts";

const passphrase = "correct horse battery staple";
const project = "AAAAAAAAAAAAAAAAAAAAAA";
const context = ["secret", project, "nasa", "1"];
const clear = Buffer.from("the-NASA-key-0123456789");

describe("backup and restore of a data folder", () => {
  let root: string;
  let folder: string;
  let out: string;
  let store: RecordStore;
  let recoveryPoint: Uint8Array;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "countersign-backup-"));
    folder = join(root, "data");
    out = join(root, "keys.backup");
    store = await openSqliteStore({ folder });
    const vault = await openFileVault({ folder });
    ({ recoveryPoint } = await rootKeyFiles({ folder }).create(project));
    await store.projects.create(sampleProject(project), sampleSeed(project), []);
    await store.secrets.put({ ...sampleSecret(project, "nasa"), value: vault.seal(clear, context) });
  });
  afterEach(async () => {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  });

  const backup = (): Promise<unknown> => backupKeys({ folder, out, passphrase });

  it("brings back record, keys and roots into a new folder, from a service that was running", async () => {
    const { files } = await backupKeys({ folder, out, passphrase });
    expect(files.toSorted()).toEqual([
      "countersign.db",
      "key-encryption.key",
      `roots/${project}.recovery.key`,
      `roots/${project}.root.key`,
    ]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await store.ping();
    await store.close();
    const roots = readFileSync(join(folder, "roots", `${project}.recovery.key`));
    rmSync(folder, { recursive: true });

    await restoreKeys({ folder, from: out, passphrase });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of files) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    store = await openSqliteStore({ folder });
    const vault = await openFileVault({ folder, create: false });
    expect(await store.projects.get(project)).toEqual(sampleProject(project));
    const secret = await store.secrets.get(project, "nasa");
    expect(Buffer.from(vault.open(secret?.value ?? "", context).reveal())).toEqual(clear);
    expect(readFileSync(join(folder, "roots", `${project}.recovery.key`))).toEqual(roots);
    expect(await rootKeyFiles({ folder }).held(project)).toEqual(["root", "recovery"]);
    expect(recoveryPoint).toHaveLength(65);
    expect(readdirSync(root).toSorted()).toEqual(["data", "keys.backup"]);
  });

  it("restores into an empty folder that is there, as a mounted volume is", async () => {
    await backup();
    const target = join(root, "volume");
    mkdirSync(target, { mode: 0o755 });
    await restoreKeys({ folder: target, from: out, passphrase });
    expect(readdirSync(target).toSorted()).toEqual(["countersign.db", "key-encryption.key", "roots"]);
    expect(statSync(target).mode & 0o777).toBe(0o700);
  });

  it("keeps an archive of many parts whole", async () => {
    for (let i = 0; i < 200; i += 1)
      await store.secrets.put({ ...sampleSecret(project, `large-${i}`), value: String(i).repeat(2000) });
    await backup();
    expect(statSync(out).size).toBeGreaterThan(400_000);
    await restoreKeys({ folder: join(root, "restored"), from: out, passphrase });
    const restored = await openSqliteStore({ folder: join(root, "restored") });
    expect(await restored.secrets.list(project)).toEqual(await store.secrets.list(project));
    await restored.close();
  });

  it("holds the keys where the record is elsewhere", async () => {
    const keysOnly = join(root, "keys-only");
    await openFileVault({ folder: keysOnly });
    const { files } = await backupKeys({ folder: keysOnly, out, passphrase });
    expect(files).toEqual(["key-encryption.key"]);
    await restoreKeys({ folder: join(root, "restored"), from: out, passphrase });
    expect(readFileSync(join(root, "restored", "key-encryption.key"))).toEqual(
      readFileSync(join(keysOnly, "key-encryption.key")),
    );
  });

  it("leaves nothing behind in the data folder", async () => {
    const before = readdirSync(folder).toSorted();
    await backup();
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });

  it("shows nothing of the keys in the archive", async () => {
    await backup();
    const archive = readFileSync(out);
    expect(findLeaks(archive, readFileSync(join(folder, "key-encryption.key")))).toEqual([]);
    expect(findLeaks(archive, "BEGIN PRIVATE KEY")).toEqual([]);
    expect(findLeaks(archive, "SQLite format 3")).toEqual([]);
  });

  it("replaces no file and takes no short passphrase", async () => {
    writeFileSync(out, "mine");
    await expect(backup()).rejects.toMatchObject({ name: "StartError", code: "backup_exists" });
    expect(readFileSync(out, "utf8")).toBe("mine");
    const short = join(root, "short.backup");
    await expect(backupKeys({ folder, out: short, passphrase: "elevenchars" })).rejects.toMatchObject({
      code: "passphrase_too_short",
    });
    expect(readdirSync(root).toSorted()).toEqual(["data", "keys.backup"]);
  });

  it("refuses to back up a folder without its key", async () => {
    rmSync(join(folder, "key-encryption.key"));
    await expect(backup()).rejects.toMatchObject({ name: "StartError", code: "key_file_missing" });
    await expect(backupKeys({ folder: join(root, "nowhere"), out, passphrase })).rejects.toMatchObject({
      code: "key_file_missing",
    });
  });

  it("restores over nothing", async () => {
    await backup();
    await expect(restoreKeys({ folder, from: out, passphrase })).rejects.toMatchObject({
      name: "StartError",
      code: "data_folder_not_empty",
    });
    const file = join(root, "file");
    writeFileSync(file, "");
    await expect(restoreKeys({ folder: file, from: out, passphrase })).rejects.toMatchObject({
      code: "data_folder_unreadable",
    });
  });

  it("restores nothing with another passphrase", async () => {
    await backup();
    const target = join(root, "restored");
    await expect(restoreKeys({ folder: target, from: out, passphrase: `${passphrase}!` })).rejects.toMatchObject({
      code: "passphrase_wrong",
    });
    expect(existsSync(target)).toBe(false);
  });

  it("takes a passphrase however its characters were composed", async () => {
    await backupKeys({ folder, out, passphrase: "gr\u00fc\u00dfe aus der ferne" });
    await restoreKeys({ folder: join(root, "restored"), from: out, passphrase: "gru\u0308\u00dfe aus der ferne" });
  });

  it("restores nothing from an archive that was cut, extended, reordered or changed anywhere", async () => {
    for (let i = 0; i < 100; i += 1)
      await store.secrets.put({ ...sampleSecret(project, `large-${i}`), value: String(i).repeat(2000) });
    await backup();
    const archive = readFileSync(out);
    const head = tag("backup").length + 16;
    const part = 65_536 + 16;
    const second = archive.subarray(head + part, head + 2 * part);
    const flipped = (at: number): Buffer =>
      Buffer.concat([archive.subarray(0, at), Buffer.from([(archive[at] ?? 0) ^ 1]), archive.subarray(at + 1)]);
    const hostile: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      "only its head": archive.subarray(0, head),
      "cut in a part": archive.subarray(0, archive.length - 1),
      "cut between parts": archive.subarray(0, head + 2 * part),
      extended: Buffer.concat([archive, Buffer.alloc(1)]),
      "with a part twice": Buffer.concat([
        archive.subarray(0, head + 2 * part),
        second,
        archive.subarray(head + 2 * part),
      ]),
      "with a part left out": Buffer.concat([archive.subarray(0, head + part), archive.subarray(head + 2 * part)]),
      "with another name": flipped(3),
      "with another salt": flipped(head - 1),
      "changed in its first part": flipped(head + 100),
      "changed in its second part": flipped(head + part + 100),
      "changed in its last byte": flipped(archive.length - 1),
    };
    const target = join(root, "restored");
    for (const [name, bytes] of Object.entries(hostile)) {
      const from = join(root, "hostile");
      writeFileSync(from, bytes);
      const code = await restoreKeys({ folder: target, from, passphrase }).catch((error: StartError) => error.code);
      expect([name, code]).toEqual([name, expect.stringMatching(/^(backup_unreadable|passphrase_wrong)$/)]);
      expect([name, existsSync(target)]).toEqual([name, false]);
    }
    expect(readdirSync(root).toSorted()).toEqual(["data", "hostile", "keys.backup"]);
    copyFileSync(out, join(root, "hostile"));
    truncateSync(join(root, "hostile"), archive.length);
    await restoreKeys({ folder: target, from: join(root, "hostile"), passphrase });
  });
});
