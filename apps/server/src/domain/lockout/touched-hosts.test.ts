import { describe, expect, it } from "vitest";
import { madeApi, madePlace, madeToken } from "./fleet-lab.suite.ts";
import { isOtherChannel, touchedHosts } from "./touched-hosts.ts";

const [a, b] = [madeApi("a", { channel: "roots", roots: ["one"] }), madeApi("b", { channel: "roots", roots: ["two"] })];
const plain = madeApi("c");
const world = { apis: [a, b, plain], secrets: [] };
const ids = ({ before, after }: ReturnType<typeof touchedHosts>): readonly (readonly string[])[] =>
  [before, after].map((looks) => looks.map(({ id }) => id));

describe("the hosts that a change touches", () => {
  it("are none where nothing of a host changes, whatever the order of its pins", () => {
    const pinned = (pins: readonly string[]) => ({ apis: [madeApi("a", { channel: "pins", pins })], secrets: [] });
    expect(ids(touchedHosts(world, world))).toEqual([[], []]);
    expect(ids(touchedHosts(pinned(["one", "two"]), pinned(["two", "one"])))).toEqual([[], []]);
    const slower = { ...world, apis: [a, b, { ...plain, tokenSeconds: 30, decoyAnswer: null }] };
    expect(ids(touchedHosts(world, slower))).toEqual([[], []]);
  });

  it("are held against all roots of the project: one that goes with an API touches every host of managed roots", () => {
    const looks = touchedHosts(world, { apis: [a, plain], secrets: [] });
    expect(ids(looks)).toEqual([["a", "b"], ["a"]]);
    expect(looks.before[0]?.look.roots).toEqual(["one", "two"]);
    expect(looks.after[0]?.look.roots).toEqual(["one"]);
  });

  it("are those that are new, gone, or moved, and those of a changed token or place", () => {
    expect(ids(touchedHosts({ apis: [], secrets: [] }, { apis: [plain], secrets: [] }))).toEqual([[], ["c"]]);
    expect(ids(touchedHosts({ apis: [plain], secrets: [] }, { apis: [], secrets: [] }))).toEqual([["c"], []]);
    const moved = { apis: [{ ...plain, port: 444 }], secrets: [] };
    expect(ids(touchedHosts({ apis: [plain], secrets: [] }, moved))).toEqual([["c"], ["c"]]);
    const token = { ...world, apis: [a, b, { ...plain, token: madeToken() }] };
    expect(ids(touchedHosts(world, token))).toEqual([["c"], ["c"]]);
    const secrets = [{ name: "key", apps: null, places: [madePlace("c")] }];
    expect(ids(touchedHosts(world, { ...world, secrets }))).toEqual([["c"], ["c"]]);
  });
});

describe("another channel", () => {
  it("is that of a new host, other pins or roots, and not that of another token", () => {
    const after = { ...world, apis: [a, { ...b, roots: [] }, { ...plain, token: madeToken() }, madeApi("d")] };
    expect(["a", "b", "c", "d", "nowhere"].map((id) => isOtherChannel(id, world, after))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});
