import { type Mutation, mutationsOf } from "../mutation.ts";

const links = "packages/broker/src/links";
const lab = [`${links}/links.test.ts`];
const group = { table: "problem", tests: lab } as const;
const server = "apps/server/src";

const admission = mutationsOf({ ...group, file: `${links}/admit-link.ts` }, [
  [
    "method_not_allowed/link",
    "that a link is opened with GET and HEAD alone",
    `if (method !== "GET" && method !== "HEAD") return refuse("method_not_allowed");`,
    "",
  ],
  ["malformed/link", "that a link's request has no body", `if (hasBody(request)) return refuse("malformed");`, ""],
  [
    "link_invalid",
    "that a link is sealed for what it is asked for",
    `if (bearer === null || bearer.exp * 1000 <= ports.nowMs()) return refuse("link_invalid");`,
    `if (bearer === null) throw new TypeError();\n      if (bearer.exp * 1000 <= ports.nowMs()) return refuse("link_invalid");`,
  ],
  [
    "link_invalid/end",
    "that a link has not ended",
    "bearer === null || bearer.exp * 1000 <= ports.nowMs()",
    "bearer === null",
  ],
  [
    "link_invalid/end-again",
    "that a link has not ended once its upstream's address is known",
    `    if (bearer.exp * 1000 <= ports.nowMs()) return refuse("link_invalid");\n    const standing`,
    "    const standing",
  ],
  [
    "link_invalid/linked",
    "that links still lead there",
    `if (!isLinkTarget(target, id, linked)) return refuse("link_invalid");`,
    "",
  ],
  [
    "pass_withdrawn/link",
    "that bans count at links",
    "if (!ports.isBanned(project, link.instance, link.subject) && !link.decoy) return null;",
    "if (!link.decoy) return null;",
  ],
  [
    "pass_withdrawn/link-again",
    "that a ban counts that came while a link was judged",
    `    const standing = standingOf(project, bearer);\n    if (standing === "withdrawn") return refuse("pass_withdrawn");\n    progress`,
    "    const standing = bearer.decoy ? ports.decoys(project) : null;\n    progress",
  ],
  [
    "pass_withdrawn/link-decoy",
    "that a decoy's link reaches no upstream",
    " && !link.decoy) return null;",
    ") return null;",
  ],
  ["slow_down/link", "the quota of links", `if (!within) return refuse("slow_down");`, ""],
  [
    "slow_down/links-in-work",
    "how many links of one instance are in work",
    "if (!entered.ok) return entered;",
    'if (!entered.ok) return refuse("internal");',
  ],
  [
    "upstream_refused/link-address",
    "that a link's upstream has a public address",
    "if (!peer.ok) return peer;",
    'if (!peer.ok) return refuse("internal");',
  ],
]);

const answers = [
  ...mutationsOf({ ...group, file: `${links}/relay-link.ts` }, [
    [
      "upstream_refused/link-redirect",
      "that a redirect of a linked upstream stays on linked paths",
      "const found = toLinkTarget(new URL(location, url).href, linked);",
      `const found = { api: linked[0]?.api ?? "", target: new URL(location, url).pathname, fragment: "" };`,
    ],
    [
      "upstream_refused/link-coding",
      "that what a link gives is plain",
      `if (coding !== "identity" || transfer !== "chunked") return false;`,
      "",
    ],
    ["upstream_refused/link-piece", "that a piece was asked for", "(ranged && ", "("],
  ]),
  ...mutationsOf({ ...group, file: `${links}/link-target.ts`, tests: [`${links}/rewrite-json.test.ts`] }, [
    ["link_invalid/path", "that a link's path is a linked one", " && isUnderPath(url.path, path)", ""],
    [
      "link_invalid/looked",
      "how much is looked at that begins like a link",
      "if (found === null) left -= Math.min(text.length, maxCharacters);",
      "",
    ],
    ["link_invalid/port", "that a link's port is that of the API", " && port === url.port", ""],
    ["link_invalid/long", "how long a link may be", "text.length > maxCharacters ? null : ", ""],
  ]),
  ...mutationsOf({ ...group, file: `${links}/rewrite-json.ts`, tests: [`${links}/rewrite-json.test.ts`] }, [
    ["link_invalid/json", "that what is rewritten is JSON", " || !isJson(text)", ""],
    ["link_invalid/name", "that names of members stay", "if (!namesMember.test(text)) ", ""],
    [
      "link_invalid/many",
      "how many links of an answer are rewritten",
      "if (found.length >= rewriting.maxLinks) break;",
      "",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${links}/link-headers.ts` }, [
    [
      "link_invalid/type",
      "that nothing comes by a link which runs in a page",
      `if (!inert.test(type)) return "application/octet-stream";`,
      "",
    ],
    [
      "link_invalid/download",
      "that what is no picture is a download",
      `...(status === 304 || shown.test(type) ? [] : [["content-disposition", "attachment"] as const]),`,
      "",
    ],
    [
      "link_invalid/sandbox",
      "that what comes by a link is sandboxed",
      `["content-security-policy", "sandbox; default-src 'none'"],`,
      "",
    ],
  ]),
];

const sealing = [
  ...mutationsOf(
    { ...group, file: "packages/protocol/src/server/link.ts", tests: ["packages/protocol/src/server/link.test.ts"] },
    [
      [
        "link_invalid/bound",
        "that a link is bound to its API and target",
        "sha256(concatBytes(u8(api.length), toUtf8(api), toUtf8(target)))",
        "sha256(concatBytes(u8(api.length), toUtf8(api), toUtf8(target).subarray(0, 0)))",
      ],
      [
        "link_invalid/api",
        "that a link's API and target cannot be parted elsewhere",
        "sha256(concatBytes(u8(api.length), toUtf8(api), toUtf8(target)))",
        "sha256(concatBytes(toUtf8(api), toUtf8(target)))",
      ],
      [
        "link_invalid/decoy",
        "that decoys' links are sealed under a key of their own",
        "(decoy ? keys.decoyLink : keys.link)",
        "((decoy as boolean | null) === null ? keys.decoyLink : keys.link)",
      ],
    ],
  ),
  ...mutationsOf({ ...group, file: `${server}/http/link-route.ts`, tests: [`${server}/http/link-route.test.ts`] }, [
    [
      "not_found/link",
      "that a link names a project and an API",
      `if (!isId(api) || !(await isProject(project))) return sendProblem(reply, "not_found");`,
      "",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${server}/start/link-ports.ts`, tests: [`${server}/http/link-route.test.ts`] }, [
    [
      "link_invalid/decoys-off",
      "that a decoy's link is none of ours once decoys are off",
      "const decoy = context.project.settings.decoy === true ? openLink(link, target, { ...how, decoy: true }) : null;",
      "const decoy = openLink(link, target, { ...how, decoy: true });",
    ],
  ]),
];

/** Checks of links in answers. */
export const brokerLinkMutations: readonly Mutation[] = [...admission, ...answers, ...sealing];
