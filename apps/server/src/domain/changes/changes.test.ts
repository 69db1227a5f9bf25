import { describe, expect, it } from "vitest";
import { createChanges, createMemoryBus, type Watcher } from "./changes.ts";

const clock = { nowMs: () => 1000 };

function watcher(instance: string, project = "p"): Watcher & { readonly heard: (number | "replaced")[] } {
  const heard: (number | "replaced")[] = [];
  return {
    project,
    instance,
    heard,
    onGeneration: (generation) => heard.push(generation),
    onReplaced: () => heard.push("replaced"),
  };
}

describe("changes", () => {
  it("raises the generation of the changed project alone, and tells its watchers", () => {
    const changes = createChanges(createMemoryBus(), clock, 10);
    const [mine, other] = [watcher("a"), watcher("a", "q")];
    changes.watch(mine);
    changes.watch(other);
    const before = changes.generation("p");
    changes.changed("p", "project");
    expect(changes.generation("p")).toBe(before + 1);
    expect(mine.heard).toEqual([before + 1]);
    expect([other.heard, changes.generation("q")]).toEqual([[], before]);
  });

  it("tells no device of keys that it need not hear of, and every cache", () => {
    const heard: string[] = [];
    const bus = createMemoryBus();
    const changes = createChanges(bus, { nowMs: () => 1 }, 10);
    changes.subscribe(({ topic }) => heard.push(topic));
    const generation = changes.generation("p");
    changes.changed("p", "keys");
    expect([heard, changes.generation("p")]).toEqual([["keys"], generation]);
    changes.changed("p", "project");
    expect(changes.generation("p")).not.toBe(generation);
  });

  it("sets no fleet in motion for a ban: only the banned instance is told", () => {
    const changes = createChanges(createMemoryBus(), clock, 10);
    const [banned, other] = [watcher("a"), watcher("b")];
    changes.watch(banned);
    changes.watch(other);
    changes.changed("p", "bans");
    expect([banned.heard, other.heard]).toEqual([[], []]);
    changes.nudge("p", "a");
    expect([banned.heard.length, other.heard.length]).toEqual([1, 0]);
  });

  it("keeps one stream for each instance: the older gives way, and its end does not end the younger", () => {
    const changes = createChanges(createMemoryBus(), clock, 10);
    const [older, younger] = [watcher("a"), watcher("a")];
    const stopOlder = changes.watch(older);
    changes.watch(younger);
    expect(older.heard).toEqual(["replaced"]);
    stopOlder?.();
    changes.changed("p", "project");
    expect(younger.heard).toHaveLength(1);
  });

  it("takes no more streams than it may, but a known instance's again", () => {
    const changes = createChanges(createMemoryBus(), clock, 1);
    const stop = changes.watch(watcher("a"));
    expect(changes.watch(watcher("b"))).toBeNull();
    expect(changes.watch(watcher("a"))).not.toBeNull();
    stop?.();
    expect(changes.watch(watcher("b"))).toBeNull();
  });

  it("keeps room for genuine streams, however many decoys watch", () => {
    const changes = createChanges(createMemoryBus(), clock, 1);
    expect(changes.watch({ ...watcher("a"), decoy: true })).not.toBeNull();
    expect(changes.watch({ ...watcher("b"), decoy: true })).toBeNull();
    const genuine = changes.watch(watcher("c"));
    expect(genuine).not.toBeNull();
    expect(changes.watch(watcher("a"))).toBeNull();
    genuine?.();
    expect(changes.watch(watcher("a"))).not.toBeNull();
    expect(changes.watch({ ...watcher("b"), decoy: true })).not.toBeNull();
  });

  it("hears changes of other nodes over the bus", () => {
    const bus = createMemoryBus();
    const [here, there] = [createChanges(bus, clock, 1), createChanges(bus, clock, 1)];
    const listener = watcher("a");
    there.watch(listener);
    here.changed("p", "project");
    expect(listener.heard).toHaveLength(1);
  });

  it("ends every stream when it closes", () => {
    const changes = createChanges(createMemoryBus(), clock, 10);
    const [one, two] = [watcher("a"), watcher("b")];
    changes.watch(one);
    changes.watch(two);
    changes.close();
    expect([one.heard, two.heard]).toEqual([["replaced"], ["replaced"]]);
    changes.changed("p", "project");
    expect(one.heard).toHaveLength(1);
  });
});
