import type { PlaceAnswer } from "./answers.ts";
import { CliFailure } from "./cli-failure.ts";
import { readJsonFile } from "./read-input-file.ts";

const members = new Set(["api", "in", "name", "path", "methods", "prefix", "when"]);

/**
 * A place on the command line: `member=value` joined by commas; methods joined by `+`. Defaults: path `/`, methods GET, when `placeholder`. Values that
 * hold a comma need a places file.
 */
export function parsePlaceText(text: string): PlaceAnswer {
  const entries = text.split(",").map((part) => {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (!members.has(name)) {
      throw new CliFailure(
        "place_malformed",
        "A place is written api=ID,in=query,name=api_key with optional path=, methods=, prefix= and when=.",
      );
    }
    return [name, part.slice(at + 1)] as const;
  });
  const given = new Map(entries);
  const [api, where, name] = [given.get("api"), given.get("in"), given.get("name")];
  if (given.size !== entries.length || api === undefined || where === undefined || name === undefined) {
    throw new CliFailure(
      "place_malformed",
      "A place names api, in and name, each member once: api=ID,in=query,name=api_key.",
    );
  }
  const prefix = given.get("prefix");
  return {
    api,
    methods: (given.get("methods") ?? "GET").split("+"),
    path: given.get("path") ?? "/",
    in: where,
    name,
    ...(prefix === undefined ? {} : { prefix }),
    when: given.get("when") ?? "placeholder",
  };
}

/** The places of a JSON file: an array of objects, judged by the service. */
export function readPlacesFile(file: string): readonly PlaceAnswer[] {
  const places = readJsonFile(file);
  const ok =
    Array.isArray(places) && places.length > 0 && places.every((place) => typeof place === "object" && place !== null);
  if (!ok) throw new CliFailure("file_not_places", `${file} does not hold a JSON array of places.`);
  return places;
}
