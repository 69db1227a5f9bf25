import { concatBytes, fromUtf8, placeholderOf, tag, toUtf8, u8 } from "@countersign/protocol";
import { deriveKey, sha256, subjectFor } from "@countersign/protocol/server";
import { type Vector, type VectorSet, vectorOf } from "../vector.ts";
import { otherProject, project, projectSeed, subject } from "../world.ts";

function placeholderVector(name: string, of: Uint8Array): Vector {
  const text = placeholderOf(sha256, of, name);
  const input = concatBytes(tag("placeholder"), of, toUtf8(name));
  return vectorOf({
    name: `${name} of project ${of === project ? "one" : "two"}`,
    expected: "ok",
    inputs: { project: of, name },
    steps: { prefix: tag("placeholder"), input, hash: sha256(input) },
    travels: { placeholder: toUtf8(text) },
    judge: (travels) => (fromUtf8(travels.placeholder ?? of) === text ? "ok" : "different"),
  });
}

export function placeholder(): VectorSet {
  return {
    set: "placeholder",
    about: "Section 10: the public text that stands for a secret.",
    vectors: [
      placeholderVector("nasa-key", project),
      placeholderVector("nasa-key", otherProject),
      placeholderVector("a", project),
      placeholderVector("0123456789abcdefghijklmnopqrstuvwxyz-0123456789a", project),
    ],
  };
}

function subjectVector(api: string): Vector {
  const text = subjectFor(projectSeed, project, api, subject);
  return vectorOf({
    name: api,
    expected: "ok",
    inputs: { projectSeed, project, api, subject },
    steps: { key: deriveKey(projectSeed, "subject", project), input: concatBytes(toUtf8(api), u8(0), subject) },
    travels: { sub: toUtf8(text) },
    judge: (travels) => (fromUtf8(travels.sub ?? subject) === text ? "ok" : "different"),
  });
}

export function subjectSet(): VectorSet {
  return {
    set: "subject",
    about: "Section 11: the pairwise subject of a token.",
    vectors: [subjectVector("nasa"), subjectVector("pictures")],
  };
}
