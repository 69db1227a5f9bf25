import { describe, expect, it } from "vitest";
import { settle } from "./testing/fake-time.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";
import { valuesOf } from "./values/app-values.ts";

/** The stored text of a value. */
async function storedText(bed: TestBed, name: string): Promise<string> {
  return (await bed.storage.read(`countersign.${bed.project.project}.${bed.project.app}.value.${name}`)) ?? "";
}
const store = (bed: TestBed, name: string, text: string): Promise<void> =>
  bed.storage.write(`countersign.${bed.project.project}.${bed.project.app}.value.${name}`, text);

describe("app-instance values", () => {
  it("come back as they were given, in this process and the next, and are stored encrypted", async () => {
    const bed = createTestBed();
    expect(await valuesOf(bed.agent).get("note")).toBeNull();
    await valuesOf(bed.agent).set("note", "ünï 🚀 4711");
    await valuesOf(bed.agent).set("empty", "");
    expect([await valuesOf(bed.agent).get("note"), await valuesOf(bed.agent).get("empty")]).toEqual([
      "ünï 🚀 4711",
      "",
    ]);
    bed.agent.stop();
    const next = bed.restart();
    expect(await valuesOf(next).get("note")).toBe("ünï 🚀 4711");
    expect(await storedText(bed, "note")).not.toContain("4711");
    await valuesOf(next).remove("note");
    expect([await valuesOf(next).get("note"), await storedText(bed, "note")]).toEqual([null, ""]);
  });

  it("ask for their keys only once they are used", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    await valuesOf(bed.agent).set("note", "x");
    await valuesOf(bed.agent).get("note");
    expect(bed.service.statements().map(({ asks }) => asks.valuesKeys ?? false)).toEqual([false, true]);
  });

  it.each(["restricted", "refused"] as const)("cannot be read by an instance that is %s", async (verdict) => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("note", "x");
    bed.service.decide = () => (verdict === "refused" ? { kind: "refused" } : { kind: "session", verdict });
    await bed.agent.refresh();
    const code = verdict === "refused" ? "refused" : "values_unavailable";
    await expect(valuesOf(bed.agent).get("note")).rejects.toMatchObject({ code });
    await expect(valuesOf(bed.agent).set("note", "y")).rejects.toMatchObject({ code });
  });

  it("cannot be read in the background or offline", async () => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("note", "x");
    bed.agent.background();
    await expect(valuesOf(bed.agent).get("note")).rejects.toMatchObject({ code: "in_background" });
    bed.agent.foreground();
    bed.service.middleman = () => null;
    await expect(valuesOf(bed.agent).get("note")).rejects.toMatchObject({ code: "service_unreachable" });
  });

  it("are not given to a call during which everything was wiped", async () => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("note", "x");
    const read = bed.storage.read.bind(bed.storage);
    Object.assign(bed.storage, {
      read: (name: string) => {
        if (name.endsWith(".value.note")) bed.agent.background();
        return read(name);
      },
    });
    await expect(valuesOf(bed.agent).get("note")).rejects.toMatchObject({ code: "values_unavailable" });
  });

  it("do not open under another name, in another place, or changed by a bit", async () => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("one", "first");
    await valuesOf(bed.agent).set("two", "second");
    const one = await storedText(bed, "one");
    await store(bed, "two", one);
    expect(await valuesOf(bed.agent).get("two")).toBeNull();
    const members = JSON.parse(one) as Record<string, unknown>;
    const changes = [
      { ...members, sealed: `${String(members.sealed).slice(0, -2)}AA` },
      { ...members, instance: "A".repeat(22) },
      { ...members, nonce: "A".repeat(16) },
      { ...members, generation: 1 },
    ];
    for (const changed of [...changes.map((each) => JSON.stringify(each)), "", "no JSON", "{}", "[]", "null"]) {
      await store(bed, "one", changed);
      expect(await valuesOf(bed.agent).get("one"), changed).toBeNull();
    }
    await store(bed, "one", one);
    expect(await valuesOf(bed.agent).get("one")).toBe("first");
    const other = createTestBed();
    await valuesOf(other.agent).set("one", "theirs");
    await store(other, "one", one);
    expect(await valuesOf(other.agent).get("one")).toBeNull();
  });

  it("of another installation of the same app, copied here with their list, read as absent and are left as they are", async () => {
    const bed = createTestBed();
    const other = createTestBed({ project: bed.project });
    await valuesOf(other.agent).set("note", "theirs");
    const copied = await storedText(other, "note");
    for (const name of ["values", "value.note"]) {
      const path = `countersign.${bed.project.project}.${bed.project.app}.${name}`;
      await bed.storage.write(path, (await other.storage.read(path)) ?? "");
    }
    expect(await valuesOf(bed.agent).get("note")).toBeNull();
    expect(await storedText(bed, "note")).toBe(copied);
    await valuesOf(bed.agent).set("note", "ours");
    expect(await valuesOf(bed.agent).get("note")).toBe("ours");
  });

  it("outlive rotations of the seed one by one, and a re-enrolment: all are sealed anew at the first use", async () => {
    const bed = createTestBed();
    for (const name of ["one", "two"]) await valuesOf(bed.agent).set(name, name);
    for (const generations of [
      [1, 0],
      [2, 1],
      [3, 2],
    ]) {
      bed.service.valuesGenerations = generations;
      await bed.agent.refresh();
      expect(await valuesOf(bed.agent).get("one")).toBe("one");
    }
    const before = await bed.agent.instance();
    bed.service.decide = (_statement, use) =>
      use === "session" ? { kind: "enrol", reason: "evidence_too_old" } : { kind: "session" };
    await bed.agent.refresh();
    expect(await bed.agent.instance()).not.toBe(before);
    expect(await valuesOf(bed.agent).get("one")).toBe("one");
    expect(JSON.parse(await storedText(bed, "two"))).toMatchObject({
      generation: 3,
      instance: await bed.agent.instance(),
    });
    bed.service.decide = () => ({ kind: "session" });
    bed.service.valuesGenerations = [5, 4];
    await bed.agent.refresh();
    expect(await valuesOf(bed.agent).get("two")).toBeNull();
  });

  it("of a session whose keys open nothing stay as they are, for a session whose keys do", async () => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("note", "x");
    bed.service.valuesGenerations = [1];
    await bed.agent.refresh();
    expect(await valuesOf(bed.agent).get("note")).toBeNull();
    await valuesOf(bed.agent).set("other", "y");
    bed.service.valuesGenerations = [1, 0];
    await bed.agent.refresh();
    expect(await valuesOf(bed.agent).get("note")).toBe("x");
    expect(JSON.parse(await storedText(bed, "note"))).toMatchObject({ generation: 1 });
  });

  it("are at most 64 of at most 4 KiB, of names that are ids", async () => {
    const bed = createTestBed();
    for (let index = 0; index < 64; index += 1) await valuesOf(bed.agent).set(`v${index}`, "ü".repeat(2048));
    await expect(valuesOf(bed.agent).set("one-more", "x")).rejects.toThrow(TypeError);
    await valuesOf(bed.agent).set("v0", "again");
    await valuesOf(bed.agent).remove("v1");
    await valuesOf(bed.agent).set("one-more", "x");
    const misuse = [
      () => valuesOf(bed.agent).set("v0", "x".repeat(4097)),
      () => valuesOf(bed.agent).set("Not-A-Name", "x"),
      () => valuesOf(bed.agent).get("../keys"),
      () => valuesOf(bed.agent).remove(""),
      () => valuesOf(bed.agent).set("v0", 7 as unknown as string),
      // No UTF-8 says half of a pair: it would come back as another text.
      () => valuesOf(bed.agent).set("v0", "half of a pair: \ud83d"),
    ];
    for (const call of misuse) expect(call).toThrow(TypeError);
  });

  it("reject where the storage fails, and are told apart from absent ones", async () => {
    const bed = createTestBed();
    await valuesOf(bed.agent).set("note", "x");
    const fail = (): Promise<never> => Promise.reject(new Error("disk full"));
    Object.assign(bed.storage, { write: fail });
    await expect(valuesOf(bed.agent).set("note", "y")).rejects.toMatchObject({ code: "storage_failed" });
    Object.assign(bed.storage, { read: fail });
    await expect(valuesOf(bed.agent).get("note")).rejects.toMatchObject({ code: "storage_failed" });
  });

  it("are read where they can be read and not written: what is due to be sealed anew waits for the next session", async () => {
    const bed = createTestBed();
    for (const name of ["one", "two"]) await valuesOf(bed.agent).set(name, name);
    bed.service.valuesGenerations = [1, 0];
    await bed.agent.refresh();
    const write = bed.storage.write.bind(bed.storage);
    Object.assign(bed.storage, {
      write: (name: string, text: string) =>
        name.includes(".value") ? Promise.reject(new Error("disk full")) : write(name, text),
    });
    expect(await valuesOf(bed.agent).get("two")).toBe("two");
    await expect(valuesOf(bed.agent).set("two", "new")).rejects.toMatchObject({ code: "storage_failed" });
    Object.assign(bed.storage, { write });
    await bed.agent.refresh();
    expect(await valuesOf(bed.agent).get("two")).toBe("two");
    for (const name of ["one", "two"]) expect(JSON.parse(await storedText(bed, name))).toMatchObject({ generation: 1 });
  });

  it("lie in storage as they were or as they are to be, wherever a process ends while it writes", async () => {
    const steps = async (bed: TestBed): Promise<void> => {
      bed.service.valuesGenerations = [1, 0];
      await bed.agent.refresh();
      await valuesOf(bed.agent).set("two", "changed");
      await valuesOf(bed.agent).set("three", "third");
      await valuesOf(bed.agent).remove("one");
    };
    for (let ends = 0; ; ends += 1) {
      const bed = createTestBed();
      for (const name of ["one", "two"]) await valuesOf(bed.agent).set(name, name);
      const { read, write, remove } = bed.storage;
      let left = ends;
      const once = <T>(step: () => Promise<T>): Promise<T> => {
        left -= 1;
        return left < 0 ? new Promise<T>(() => {}) : step();
      };
      Object.assign(bed.storage, {
        write: (name: string, text: string) => once(() => write.call(bed.storage, name, text)),
        remove: (name: string) => once(() => remove.call(bed.storage, name)),
      });
      let isDone = false;
      void steps(bed).then(
        () => {
          isDone = true;
        },
        () => {},
      );
      for (let turns = 0; turns < 60; turns += 1) await settle();
      bed.agent.stop();
      Object.assign(bed.storage, { read, write, remove });
      bed.service.valuesGenerations = [1, 0];
      const next = valuesOf(bed.restart());
      expect(["one", null], `ends after ${ends}`).toContain(await next.get("one"));
      expect(["two", "changed"], `ends after ${ends}`).toContain(await next.get("two"));
      expect(["third", null], `ends after ${ends}`).toContain(await next.get("three"));
      if (isDone) break;
      expect(ends).toBeLessThan(40);
    }
  });
});
