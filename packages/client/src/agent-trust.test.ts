import { formatConfigurationString, fromUtf8, parseConfigurationString, toUtf8 } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { FakeProject } from "./testing/fake-project.ts";
import { apiOf, createNasaProject, createTestBed, type TestBed } from "./testing/test-agent.ts";

/** Changes members of every signed answer on its way; the signed bytes stay what they are. */
function rewriteAnswers(bed: TestBed, change: (answer: Record<string, unknown>) => void): void {
  bed.service.middleman = (call, bytes) => {
    const answer = JSON.parse(fromUtf8(bytes) ?? "{}") as Record<string, unknown>;
    if (call.statement === null || answer.signed === undefined) return bytes;
    change(answer);
    return toUtf8(JSON.stringify(answer));
  };
}

const untrusted = { code: "service_untrusted", arc: null };

async function expectUntrusted(bed: TestBed): Promise<void> {
  const state = bed.agent.state();
  await expect(bed.agent.refresh()).rejects.toMatchObject(untrusted);
  const { keys, manifest, enrolled, session } = bed.agent.state();
  expect({ keys, manifest, enrolled }).toEqual({
    keys: state.keys,
    manifest: state.manifest,
    enrolled: state.enrolled,
  });
  expect(session === null).toBe(state.session === null);
}

async function recovers(bed: TestBed): Promise<void> {
  bed.service.middleman = (_call, answer) => answer;
  await bed.time.advance(10_000);
  expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
}

describe("an answer in the service's name", () => {
  it("of another statement is refused: H differs", async () => {
    const bed = createTestBed();
    let first: Uint8Array | null = null;
    await bed.agent.refresh();
    bed.service.middleman = (call, answer) => {
      if (call.path !== "/v1/sessions") return answer;
      first ??= answer;
      return first;
    };
    await bed.agent.refresh();
    await expectUntrusted(bed);
    await recovers(bed);
  });

  it.each(["signed", "signature", "kid"] as const)("with any changed %s is refused", async (member) => {
    const bed = createTestBed();
    await bed.agent.refresh();
    rewriteAnswers(bed, (answer) => {
      const text = String(answer[member]);
      answer[member] = `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
    });
    await expectUntrusted(bed);
    await recovers(bed);
  });

  it("of a foreign service with its own roots is refused at the first enrolment, and nothing is stored of it", async () => {
    const impostor = createNasaProject();
    const genuine = createNasaProject();
    const bed = createTestBed({ project: impostor, configuration: configurationOf(impostor, genuine) });
    await expectUntrusted(bed);
    expect(await bed.storage.read(`countersign.${impostor.project}.astropiks.keys`)).toBeNull();
    expect(bed.agent.state().keys).toBeNull();
  });

  it("of a development project is refused by an agent of cs1, whatever its key list says", async () => {
    for (const listed of ["development", "production"] as const) {
      const project = createNasaProject("development");
      const parsed = parseConfigurationString(project.configuration());
      if (!parsed.ok) throw new TypeError("configuration");
      const configuration = formatConfigurationString({ ...parsed.value, kind: "production" });
      const bed = createTestBed({ project, configuration });
      bed.service.isLenient = true;
      rewriteAnswers(bed, (answer) => {
        answer.keys = project.keyList({ environment: listed });
        delete answer.manifest;
      });
      await expectUntrusted(bed);
      expect(bed.agent.state()).toMatchObject({ enrolled: false, keys: null, session: null });
    }
  });

  it("makes the next statement carry the signal service_channel, until one is answered", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    rewriteAnswers(bed, (answer) => {
      answer.kid = "AAAAAAAAAAA";
    });
    await expectUntrusted(bed);
    await recovers(bed);
    const names = bed.service.statements().map((statement) => statement.signals.seen.map((signal) => signal.name));
    expect(names.slice(1, 3)).toEqual([[], ["service_channel"]]);
    expect(bed.service.statements().at(-1)?.signals.seen).toEqual([]);
  });
});

/** The configuration of `genuine`'s roots under the project id of `impostor`. */
function configurationOf(impostor: FakeProject, genuine: FakeProject): string {
  return formatConfigurationString({
    kind: "development",
    host: "countersign.test",
    port: null,
    projectId: impostor.projectId,
    root: sha256(genuine.root.point),
    recovery: sha256(genuine.recovery.point),
  });
}

describe("the key list", () => {
  it("is taken when greater, and a removed response key is dead at once", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const old = bed.project.response;
    bed.project.rotateKeys();
    await bed.agent.refresh();
    expect(bed.agent.state().keys).toEqual({ version: 2, recovery: false });
    bed.project.response = old;
    await expectUntrusted(bed);
  });

  it("that is older is not taken: an answer under its key is refused", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const old = { response: bed.project.response, list: bed.project.keyList() };
    bed.project.rotateKeys();
    await bed.agent.refresh();
    bed.project.response = old.response;
    rewriteAnswers(bed, (answer) => {
      answer.keys = old.list;
    });
    await expectUntrusted(bed);
  });

  it("signed by neither root is refused", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const stranger = new FakeProject();
    rewriteAnswers(bed, (answer) => {
      answer.keys = stranger.keyList({ project: bed.project.project, version: 9 });
    });
    await expectUntrusted(bed);
  });

  it("of another project or environment is refused, though a root of this one signed it", async () => {
    for (const change of [{ project: new FakeProject().project }, { environment: "production" as const }]) {
      const bed = createTestBed();
      rewriteAnswers(bed, (answer) => {
        answer.keys = bed.project.keyList({ version: 9, ...change });
      });
      await expectUntrusted(bed);
    }
  });

  it("below what the answer names is not enough", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.keysVersion = 2;
    rewriteAnswers(bed, (answer) => {
      delete answer.keys;
    });
    await expectUntrusted(bed);
  });

  it("signed by the recovery root ends the root for ever, at any version, also after a restart", async () => {
    const bed = createTestBed();
    bed.project.keysVersion = 2 ** 53 - 1;
    bed.project.manifestVersion = 2 ** 53 - 1;
    await bed.agent.refresh();
    bed.project.recover();
    await bed.agent.refresh();
    expect(bed.agent.state()).toMatchObject({
      keys: { version: 1, recovery: true },
      manifest: { epoch: 1, version: 1 },
    });
    bed.project.signedBy = "root";
    bed.project.rotateKeys();
    bed.project.keysVersion = 2 ** 53 - 1;
    await expectUntrusted(bed);
    bed.agent.stop();
    const restarted = bed.restart();
    await restarted.start();
    expect(restarted.state().keys).toEqual({ version: 1, recovery: true });
    await expect(restarted.refresh()).rejects.toMatchObject(untrusted);
  });

  it("signed by the recovery root undoes whatever epoch and version a stolen root has published", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.rotateKeys();
    bed.project.epoch = Number.MAX_SAFE_INTEGER;
    bed.project.manifestVersion = Number.MAX_SAFE_INTEGER;
    await bed.agent.refresh();
    expect(bed.agent.state().manifest).toMatchObject({ epoch: Number.MAX_SAFE_INTEGER });
    bed.project.epoch = 0;
    bed.project.recover();
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.agent.state()).toMatchObject({ keys: { recovery: true }, manifest: { epoch: 1, version: 1 } });
    const restarted = bed.restart();
    expect(await restarted.refresh()).toMatchObject({ outcome: "session" });
  });

  it("in storage that was altered counts as none, and the agent goes on", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const name = `countersign.${bed.project.project}.astropiks.keys`;
    await bed.storage.write(name, ((await bed.storage.read(name)) ?? "").replace('"signature":"', '"signature":"AAAA'));
    const restarted = bed.restart();
    await restarted.start();
    expect(restarted.state()).toMatchObject({ keys: null, manifest: null });
    expect(await restarted.refresh()).toMatchObject({ outcome: "session" });
    expect(restarted.state().keys).toEqual({ version: 1, recovery: false });
  });
});

describe("the manifest", () => {
  it("comes with the answer, or is got before the session is used", async () => {
    for (const brings of [true, false]) {
      const bed = createTestBed();
      bed.service.bringsManifest = brings;
      await bed.agent.refresh();
      bed.project.apis = [apiOf(), apiOf({ api: "other", host: "other.test" })];
      bed.project.manifestVersion = 2;
      await bed.agent.refresh();
      expect(bed.agent.state().manifest).toEqual({ epoch: 0, version: 2, stale: false });
      expect(bed.service.paths().filter((path) => path.startsWith("/v1/manifest/"))).toHaveLength(brings ? 0 : 2);
    }
  });

  it("that is older is refused, in the answer and when it was got", async () => {
    for (const brings of [true, false]) {
      const bed = createTestBed();
      const old = bed.project.manifest();
      bed.project.manifestVersion = 2;
      await bed.agent.refresh();
      bed.service.bringsManifest = brings;
      bed.service.middleman = (call, bytes) => {
        if (call.path.startsWith("/v1/manifest/")) return toUtf8(JSON.stringify(old));
        if (call.statement === null || !brings) return bytes;
        return toUtf8(JSON.stringify({ ...JSON.parse(fromUtf8(bytes) ?? "{}"), manifest: old }));
      };
      bed.project.manifestVersion = 3;
      await expectUntrusted(bed);
      expect(bed.agent.state().manifest).toMatchObject({ version: 2 });
    }
  });

  it("of the same version with other bytes is refused", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.project.apis = [apiOf({ host: "evil.test" })];
    rewriteAnswers(bed, (answer) => {
      answer.manifest = bed.project.manifest();
    });
    await expectUntrusted(bed);
  });

  it("of another app, project, environment or epoch, or under a key of another use, is refused", async () => {
    const changes = [
      { app: "other" },
      { project: new FakeProject().project },
      { environment: "production" },
      { epoch: 1 },
    ];
    for (const change of changes) {
      const bed = createTestBed();
      await bed.agent.refresh();
      rewriteAnswers(bed, (answer) => {
        answer.manifest = bed.project.manifest({ version: 9, ...change } as object);
      });
      await expectUntrusted(bed);
    }
    const bed = createTestBed();
    await bed.agent.refresh();
    rewriteAnswers(bed, (answer) => {
      const { manifestKey } = bed.project;
      bed.project.manifestKey = bed.project.response;
      answer.manifest = bed.project.manifest({ version: 9 });
      bed.project.manifestKey = manifestKey;
    });
    await expectUntrusted(bed);
  });

  it("poisoned with the greatest version is undone by the next epoch", async () => {
    const bed = createTestBed();
    bed.project.manifestVersion = 2 ** 53 - 1;
    await bed.agent.refresh();
    bed.project.rotateKeys();
    bed.project.epoch = 1;
    bed.project.manifestVersion = 1;
    await bed.agent.refresh();
    expect(bed.agent.state().manifest).toEqual({ epoch: 1, version: 1, stale: false });
  });
});
