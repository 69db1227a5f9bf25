import { type Mutation, mutationsOf } from "../mutation.ts";

const room = "apps/server/src/domain/recipes";
const group = { table: "recipe_reason", tests: [`${room}/mint-value.test.ts`] } as const;
const minting = { ...group, file: `${room}/mint-value.ts` };
const keeping = { ...group, tests: [`${room}/create-recipes.test.ts`] };
const calling = {
  ...group,
  file: "apps/server/src/outbound/call-out.ts",
  tests: ["apps/server/src/outbound/call-out.test.ts"],
};

const broker = "packages/broker/src";
const signing = { table: "problem", tests: [`${broker}/sign-aws.test.ts`] } as const;

/** Reasons why a recipe gives no value, and what is not signed with keys of AWS. */
export const recipeMutations: readonly Mutation[] = [
  ...mutationsOf({ ...signing, file: `${broker}/sign-aws.ts` }, [
    [
      "place_refused/aws-signature",
      "that a caller brings no signature of AWS in the query",
      " || query.pairs.some(([name]) => queryForms.test(name))",
      "",
    ],
    [
      "place_refused/aws-slash",
      "that a path of S3 hides no slash",
      `if (separator === "/" && name.includes("/")) return null;`,
      "",
    ],
    [
      "place_refused/aws-headers",
      "that a caller's own time, token and hash are dropped",
      `request.headers.filter(([name]) => !ofTheSigner.has(name.toLowerCase().replaceAll("_", "-")))`,
      "request.headers",
    ],
    [
      "place_refused/aws-source",
      "that a request to S3 names no other object to read from",
      "if (signsPathAsSent.has(service) && kept.some(([name]) => isSource(name))) return null;",
      "",
    ],
    [
      "place_refused/aws-visible",
      "that a covered header is visible ASCII",
      "if (!visible.test(value)) return null;",
      "",
    ],
  ]),
  ...mutationsOf({ ...signing, file: `${broker}/fill-processed.ts` }, [
    [
      "place_refused/aws-place",
      "that a signature stands in the header `authorization` alone",
      " || placed.length !== 1 || placed[0]?.[1] !== authorization",
      "",
    ],
  ]),
  ...mutationsOf(minting, [
    [
      "recipe_refused",
      "that the endpoint answered with success",
      `if (answer.status !== 200 && answer.status !== 201) return failed("recipe_refused");`,
      "",
    ],
    ["recipe_value_unfit", "that a minted value fits the secret's places", "!order.fits(granted.value) || ", ""],
    [
      "recipe_value_unfit/root",
      "that a minted value does not hold the root",
      " || parts.some((part) => containsValue(granted.value, part))",
      "",
    ],
    [
      "recipe_malformed/lifetime",
      "that it is known how long a value lives",
      " || (granted.lifetimeMs === null && recipe.lifetimeSeconds === null)",
      "",
    ],
    [
      "recipe_malformed/longest",
      "that no value lives for more than a day",
      "granted.lifetimeMs ?? most, most, longestLifetimeMs)",
      "granted.lifetimeMs ?? most, most === longestLifetimeMs ? Number.MAX_SAFE_INTEGER : most)",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${room}/token-answer.ts` }, [
    [
      "recipe_malformed/type",
      "that a token is a bearer token",
      `if (typeof type !== "string" || type.toLowerCase() !== "bearer") return null;`,
      "",
    ],
    ["recipe_malformed/token", "that a token is visible ASCII", `!/^[!-~]{1,4096}$/.test(value)`, `value === ""`],
  ]),
  ...mutationsOf({ ...group, file: `${room}/minting.ts` }, [
    ["recipe_malformed/past", "that a value is not past its end", " && ms > 0", ""],
    ["recipe_malformed/endless", "that a lifetime has a bound", " && ms <= longestLifetimeMs", ""],
  ]),
  ...mutationsOf({ ...group, file: `${room}/sts-answer.ts`, tests: [`${room}/sts-answer.test.ts`] }, [
    [
      "recipe_malformed/twice",
      "that an answer of STS has each member once",
      `open.join("/")) && found.has(name)`,
      `"")`,
    ],
    [
      "recipe_malformed/elements",
      "that elements close as they open",
      `if (open.pop() !== name || attributes !== "") return null;`,
      "open.pop();",
    ],
    ["recipe_malformed/roots", "that an answer has one root", " || (open.length === 0 && elements > 1)", ""],
    ["recipe_malformed/depth", "how many elements an answer has", "elements > maxElements || ", ""],
  ]),
  ...mutationsOf({ ...group, file: `${room}/assertion-key.ts` }, [
    ["recipe_root_invalid", "that a key is of its algorithm", "return fitsAlg[alg](key) ? key : null;", "return key;"],
    ["recipe_root_invalid/small", "that a key of RSA is long enough", " && (details?.modulusLength ?? 0) >= 2048", ""],
  ]),
  ...mutationsOf({ ...group, file: `${room}/http-template.ts` }, [
    [
      "recipe_root_invalid/header",
      "that a root fits the header it goes into",
      "value === null || !fieldValue.test(value)",
      "value === null",
    ],
  ]),
  ...mutationsOf({ ...keeping, file: `${room}/create-recipes.ts` }, [
    [
      "recipe_too_short",
      "that a value lives as long as what it is for, and a margin",
      "if (endsAtMs - marginMs >= nowMs() + leftMs)",
      "if (endsAtMs >= nowMs())",
    ],
    [
      "recipe_too_short/again",
      "that a vendor is not asked again for what is too short",
      `return lifetimeMs - marginMs < leftMs ? failed("recipe_too_short") : null;`,
      "return null;",
    ],
    ["recipe_busy/in-work", "how many mints are in work", "inWork.size >= mostInWork || ", ""],
    ["recipe_busy/slow-vendor", "how many mints of one secret are in work", " || ofSecret >= mostInWorkPerSecret", ""],
    ["recipe_busy/once", "that those who ask at once share a mint", "if (running !== undefined) return running;", ""],
    [
      "recipe_busy/nobody",
      "that a value of an instance is given to nobody else",
      `if (recipe.perInstance && bearer === null) return failed("recipe_busy");`,
      "",
    ],
    [
      "recipe_unreachable/wait",
      "that nobody waits longer than told",
      "Promise.race([work, (deps.wait ?? waitFor)(ms, done.signal).then(() => null)])",
      "work",
    ],
    [
      "recipe_value_unfit/processor",
      "that a minted value can be what its processor needs",
      "bytes.ok && checkProcessed(bytes.value, terms, places).ok",
      "bytes.ok",
    ],
    [
      "recipe_address_refused/production",
      "that private addresses are for development alone",
      `allowPrivate: context.project.kind === "development"`,
      "allowPrivate: true",
    ],
  ]),
  ...mutationsOf({ ...keeping, file: `${room}/mint-guard.ts` }, [
    [
      "recipe_busy",
      "the budget of all mints of a secret",
      "own && (await deps.ledger.take(key, mintsPerSecretPerMinute, 60)) ? null",
      "own ? null",
    ],
    ["recipe_busy/instance", "the budget of an instance's mints", "return own && (await", "return (await"],
    [
      "recipe_busy/back-off",
      "that a vendor in trouble is left alone",
      "held?.version === target.version && deps.nowMs() < held.untilMs",
      "false",
    ],
  ]),
  ...mutationsOf(calling, [
    [
      "recipe_address_refused",
      "that the address of an endpoint is judged",
      `if (!resolved.ok) return failed(resolved.code === "upstream_refused" ? "address_refused" : "unreachable");`,
      `if (!resolved.ok) return failed("unreachable");`,
    ],
    [
      "recipe_unreachable",
      "that a call out ends in time",
      "const timer = setTimeout(() => late.abort(), totalMs);",
      "const timer = setTimeout(() => {}, totalMs);",
      { only: "never begins" },
    ],
    [
      "recipe_unreachable/connect",
      "that a connection is made in time",
      `setTimeout(() => sent.destroy(new Error("no connection in time")), connectMs)`,
      "setTimeout(() => {}, connectMs)",
      { only: "says nothing" },
    ],
    [
      "recipe_malformed",
      "the size of an answer",
      `if (size > maxBytes) return failed("unreadable");`,
      "",
      { only: "a giant" },
    ],
    [
      "recipe_malformed/encoded",
      "that no encoded answer is read",
      `if (encoding.toLowerCase() !== "identity") return failed("unreadable");`,
      "",
      { only: "bomb" },
    ],
  ]),
];
