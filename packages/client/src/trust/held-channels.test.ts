import { describe, expect, it } from "vitest";
import type { LogEntry } from "../log/agent-log.ts";
import type { HostChannel } from "../ports.ts";
import { apiOf, createNasaProject, createTestBed, type TestBed, type TestBedOptions } from "../testing/test-agent.ts";

interface HolderBed extends TestBed {
  /** What was held, call by call. */
  readonly held: (readonly HostChannel[])[];
  readonly warned: LogEntry[];
  fault: unknown;
}

function bedWithHolder(input: TestBedOptions = {}): HolderBed {
  const held: (readonly HostChannel[])[] = [];
  const warned: LogEntry[] = [];
  const bed: HolderBed = Object.assign(
    createTestBed({
      ...input,
      options: { log: { level: "warn", sink: (entry) => warned.push(entry) } },
      channels: {
        async hold(channels) {
          if (bed.fault !== null) throw bed.fault;
          held.push(channels);
        },
      },
    }),
    { held, warned, fault: null },
  );
  return bed;
}

const { pins } = apiOf();
const pinned = { host: "api.nasa.gov", port: 443, policy: { channel: "pins", pins, roots: [] } };

describe("what the manifest says of channels", () => {
  it("is held before the first request goes out, and once", async () => {
    const bed = bedWithHolder();
    let heldBefore = -1;
    bed.upstream = () => {
      heldBefore = bed.held.length;
      return { status: 200 };
    };
    await bed.agent.start();
    expect(bed.held).toEqual([]);
    await bed.agent.fetch("https://api.nasa.gov/planetary/apod");
    await bed.agent.refresh();
    expect([heldBefore, bed.held]).toEqual([1, [[pinned]]]);
  });

  it("is replaced whole when a new manifest comes", async () => {
    const bed = bedWithHolder();
    await bed.agent.refresh();
    bed.project.apis = [apiOf({ api: "other", host: "other.example", port: 8443, channel: "system", pins: [] })];
    bed.project.manifestVersion += 1;
    await bed.agent.refresh();
    const policy = { channel: "system", pins: [], roots: [] };
    expect(bed.held).toEqual([[pinned], [{ host: "other.example", port: 8443, policy }]]);
  });

  it("is held again from storage by the next process, before it asks the service for anything", async () => {
    const bed = bedWithHolder();
    await bed.agent.refresh();
    bed.held.length = 0;
    const calls = bed.service.calls.length;
    await bed.restart().start();
    expect([bed.held, bed.service.calls.length]).toEqual([[[pinned]], calls]);
  });

  it("is not believed of a stored manifest that nobody of the project signed", async () => {
    const bed = bedWithHolder();
    await bed.agent.refresh();
    const name = `countersign.${bed.project.project}.astropiks.manifest`;
    const impostor = createNasaProject();
    await bed.storage.write(name, JSON.stringify(impostor.manifest()));
    bed.held.length = 0;
    await bed.restart().start();
    expect(bed.held).toEqual([]);
  });

  it("is not believed of an answer that does not verify", async () => {
    const impostor = createNasaProject();
    const bed = bedWithHolder({ project: impostor, configuration: createNasaProject().configuration() });
    await expect(bed.agent.refresh()).rejects.toThrow();
    expect(bed.held).toEqual([]);
  });

  it("with a channel of a kind that this version does not know lets nothing pass", async () => {
    const project = createNasaProject();
    project.apis = [apiOf({ channel: "quantum" as "unknown" })];
    const bed = bedWithHolder({ project });
    await bed.agent.refresh();
    expect(bed.held[0]).toEqual([{ ...pinned, policy: { channel: "pins", pins: [], roots: [] } }]);
  });

  it("carries the managed roots for the channels that they prove, not once more for every API", async () => {
    const project = createNasaProject();
    project.apis = (["system", "pins", "roots", "both"] as const).map((channel) =>
      apiOf({ api: channel, host: `${channel}.example`, channel }),
    );
    project.secrets = [];
    project.roots = ["AQID"];
    const bed = bedWithHolder({ project });
    await bed.agent.refresh();
    expect(bed.held[0]?.map(({ policy }) => policy.roots.length)).toEqual([0, 0, 1, 1]);
  });

  it("carries the managed roots", async () => {
    const project = createNasaProject();
    project.apis = [apiOf({ channel: "roots", pins: [] })];
    project.roots = ["AQID"];
    const bed = bedWithHolder({ project });
    await bed.agent.refresh();
    expect(bed.held[0]?.[0]?.policy).toEqual({ channel: "roots", pins: [], roots: [new Uint8Array([1, 2, 3])] });
  });
});

describe("a platform that does not take it", () => {
  it.each([
    [{ code: "unsupported", message: "no such call" }, "unsupported"],
    [new Error("what was sent"), "unavailable"],
    [null, "unavailable"],
  ])("breaks no session, and is named by a code in the log (%o)", async (fault, code) => {
    const bed = bedWithHolder();
    bed.fault = fault ?? undefined;
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.warned).toEqual([{ level: "warn", event: "channels_not_held", code }]);
  });

  it("is told again with the next answer", async () => {
    const bed = bedWithHolder();
    bed.fault = new Error("not now");
    await bed.agent.refresh();
    bed.fault = null;
    await bed.agent.refresh();
    expect(bed.held).toEqual([[pinned]]);
  });
});
