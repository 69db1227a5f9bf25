import { fromHex, utf8 } from "../encoding/bytes.ts";
import { boolean, explicit, integer, octets, sequence, utf8Text } from "../encoding/der-writer.ts";

/** The two shapes of evidence: before iOS 27, and from it on. */
export type IosRelease = "18" | "27";

const releases = {
  "18": { version: "18.6.2", build: "22G100", kernel: "22.7.100.0.0,0" },
  "27": { version: "27.0", build: "24A435", kernel: "24.1.435.0.0,0" },
} as const;

const number = (tag: number, value: number | bigint | Uint8Array): Uint8Array => explicit(tag, integer(value));
const text = (tag: number, value: string): Uint8Array => explicit(tag, octets(utf8(value)));

/** Extension 1.2.840.113635.100.8.5: what the key is, and in [1204] the App ID that made it. */
export function keyAttributes(ios: IosRelease, appId: string): Uint8Array {
  if (ios === "27") {
    return sequence(
      number(4, 10),
      ...[1200, 1201, 1202, 1203].map((tag) => number(tag, 0)),
      text(1204, appId),
      number(1206, 4),
      ...[1207, 1209, 1210, 1211, 10].map((tag) => number(tag, 0)),
    );
  }
  return sequence(
    number(4, 10),
    number(1200, 1),
    number(1201, 0),
    number(1202, 1),
    number(1203, 1),
    text(1204, appId),
    text(5, "sks "),
    number(1206, 5),
    ...[1207, 1209, 1210, 1211].map((tag) => number(tag, 0)),
  );
}

/** Extension 1.2.840.113635.100.8.7: the operating system, its version in [1400]. */
export function operatingSystem(ios: IosRelease): Uint8Array {
  const { version, build, kernel } = releases[ios];
  if (ios === "27") {
    return sequence(
      text(1400, version),
      number(1104, 2),
      text(1401, "1.0.216"),
      text(1403, build),
      text(1404, version),
      text(1405, version),
      ...[1406, 1407, 1408, 1409, 1410, 1411].map((tag) => number(tag, 0)),
      number(1412, 1),
      number(1413, 0),
      ...[1418, 1419, 1420].map((tag) => text(tag, kernel)),
      text(1026, "iphoneos"),
      text(1029, "Release"),
    );
  }
  return sequence(
    text(1400, version),
    number(1104, fromHex("ffffffff")),
    text(1403, build),
    text(1405, version),
    number(1406, 0),
    text(1420, kernel),
  );
}

/** Extension 1.2.840.113635.100.8.6, from iOS 27: the operations that the key allows. */
export function platformPolicy(): Uint8Array {
  const rules = ["okd", "oa", "osgn", "odel", "ock"].map((operation) =>
    sequence(utf8Text(operation), explicit(1, boolean(true))),
  );
  return sequence(explicit(3, octets(sequence(utf8Text("11"), sequence(...rules)))));
}
