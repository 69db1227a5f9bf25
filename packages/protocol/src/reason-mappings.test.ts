import { expect, test } from "vitest";
import { maswe, reasonMappings } from "./reason-mappings.ts";
import { reasons } from "./reasons.ts";

/** draft-ietf-rats-ar4si §2.3: the values named for each claim beside -1, 0, 1 and 99, which every claim may have. */
const named: Readonly<Record<string, readonly number[]>> = {
  "instance-identity": [2, 96, 97],
  configuration: [2, 3, 32, 96],
  executables: [2, 3, 32, 33, 96],
  "file-system": [2, 32, 96],
  hardware: [2, 32, 96, 97],
  "runtime-opaque": [2, 32, 96],
  "storage-opaque": [2, 32, 96],
  "sourced-data": [2, 32, 96],
};

const mappings = Object.entries(reasonMappings);

test("maps every reason of the closed list and no other, each member given or explicitly null", () => {
  expect(Object.keys(reasonMappings).toSorted()).toEqual(Object.keys(reasons).toSorted());
  for (const [reason, mapping] of mappings) {
    expect([reason, Object.keys(mapping).toSorted()]).toEqual([reason, ["ear", "masvs", "maswe", "rats"]]);
    expect(Object.values(mapping), reason).not.toContain(undefined);
  }
});

test("gives no claim a value that AR4SI does not name for it, and affirms with none", () => {
  for (const [reason, { ear }] of mappings) {
    if (ear === null) continue;
    expect([-1, 0, 1, 99, ...(named[ear.claim] ?? [])], reason).toContain(ear.value);
    expect(ear.value < 2 || ear.value > 31, `${reason} refuses`).toBe(true);
  }
});

test("uses every claim, and every weakness of its table", () => {
  expect(new Set(mappings.map(([, { ear }]) => ear?.claim))).toEqual(new Set([undefined, ...Object.keys(named)]));
  const used = mappings.flatMap(([, mapping]) => mapping.maswe ?? []);
  expect(new Set(used)).toEqual(new Set(Object.keys(maswe)));
});
