import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { LinksInput } from "./api-links.ts";

let lab: AdminLab;
let id: string;
const system = { channel: "system" } as const;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  await lab.admin.putApi(lab.actor, id, "nasa", { ...system, host: "api.nasa.gov" }, "create");
  await lab.admin.putApi(lab.actor, id, "apod", { ...system, host: "apod.nasa.gov" }, "create");
});
afterEach(() => lab.close());

const set = (input: LinksInput, api = "nasa") => lab.admin.setApiLinks(lab.actor, id, api, input);
const remove = (api: string) => lab.admin.removeApi(lab.actor, id, api);

describe("links of an API's answers", () => {
  it("lead nowhere until it is said, then to every path for a quarter of an hour unless it is said otherwise", async () => {
    expect((await lab.admin.showApi(id, "nasa")).links).toBeNull();
    const links = { to: [{ api: "apod", path: "/" }], seconds: 900 };
    expect((await set({ to: [{ api: "apod" }] })).links).toEqual(links);
    expect((await lab.admin.listApis(id)).map((api) => [api.id, api.links])).toEqual([
      ["apod", null],
      ["nasa", links],
    ]);
    const narrow = {
      to: [
        { api: "apod", path: "/apod/image" },
        { api: "nasa", path: "/" },
      ],
      seconds: 60,
    };
    expect((await set(narrow)).links).toEqual(narrow);
    expect((await set({ to: [] })).links).toBeNull();
  });

  it("stay when the API is replaced, tell every node, and are in the audit", async () => {
    const before = lab.changed.length;
    const { links } = await set({ to: [{ api: "apod" }] });
    expect(lab.changed.slice(before)).toContain(id);
    const replaced = await lab.admin.putApi(
      lab.actor,
      id,
      "nasa",
      { ...system, host: "api.nasa.gov", port: 8443 },
      "replace",
    );
    expect(replaced).toMatchObject({ port: 8443, links });
    expect((await lab.admin.listAudit(id, 2)).map(({ action }) => action)).toContain("api.links");
  });

  it("hold the API that they lead to, but for its own", async () => {
    await set({ to: [{ api: "apod" }] });
    expect(await refusalOf(remove("apod"))).toBe("in_use");
    await set({ to: [{ api: "nasa" }] });
    expect(await refusalOf(remove("apod"))).toBe("done");
    expect(await refusalOf(remove("nasa"))).toBe("done");
  });

  it.each<readonly [string, string, LinksInput]>([
    ["an API that there is none of", "/to/0/api", { to: [{ api: "other" }] }],
    ["an API of no id", "/to/0/api", { to: [{ api: "" }] }],
    ["a path that is none", "/to/0/path", { to: [{ api: "apod", path: "image" }] }],
    ["a path of two readings", "/to/0/path", { to: [{ api: "apod", path: "/a/../b" }] }],
    ["a path with an escape", "/to/0/path", { to: [{ api: "apod", path: "/a%2fb" }] }],
    ["a path with a query", "/to/0/path", { to: [{ api: "apod", path: "/a?b" }] }],
    ["too short a time", "/seconds", { to: [{ api: "apod" }], seconds: 59 }],
    ["too long a time", "/seconds", { to: [{ api: "apod" }], seconds: 3601 }],
    ["a part of a second", "/seconds", { to: [{ api: "apod" }], seconds: 60.5 }],
    ["too many paths", "/to", { to: Array.from({ length: 17 }, () => ({ api: "apod" })) }],
  ])("are refused with %s", async (_, pointer, input) => {
    expect(await refusalOf(set(input))).toBe(`invalid_input ${pointer}`);
    expect((await lab.admin.showApi(id, "nasa")).links).toBeNull();
  });

  it("of an API that there is none of are not found", async () => {
    expect(await refusalOf(set({ to: [] }, "other"))).toBe("not_found");
  });
});
