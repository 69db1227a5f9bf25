import { describe, expect, it } from "vitest";
import { parsePlaceText } from "../../place-text.ts";
import { toAdvice } from "./advice.ts";
import { vendors } from "./vendors.ts";

const seen = { host: "api.nasa.gov", path: "/planetary/apod", parameter: "api_key" };
const of = (change: Partial<typeof seen>) =>
  toAdvice({ severity: "secret", kind: "key in a URL", name: "api_key", seen: { ...seen, ...change } }).commands;

describe("what is proposed", () => {
  it.each(Object.entries(vendors))(
    "for %s is a place that `secret set` reads, of names that the service takes",
    (_, vendor) => {
      const place = parsePlaceText(`api=${vendor.name},${vendor.place}`);
      expect(place.path).toMatch(/^\/[!-~]*$/);
      expect(vendor.name).toMatch(/^[a-z0-9-]{1,40}$/);
      expect(vendor.place).not.toContain("'");
      expect(["header", "query", "segment", "basic"]).toContain(place.in);
    },
  );

  it("for a URL is its host, parameter and path", () => {
    expect(of({})).toEqual([
      "countersign api add nasa --host api.nasa.gov",
      "countersign secret set nasa-key --place 'api=nasa,in=query,name=api_key,path=/planetary/apod'",
    ]);
  });

  it.each([
    ["host", "$(id).nasa.gov"],
    ["host", "nasa.gov;id"],
    ["host", "-nasa.gov"],
    ["host", "localhost"],
    ["parameter", "key'"],
    ["parameter", "key,path=/"],
  ])("leaves the URL out where its %s is %s", (member, text) => {
    expect(of({ [member]: text })).toEqual(["countersign secret set api-key --place 'api=ID,in=header,name=HEADER'"]);
  });

  it.each(["/a'b", "/$(id)", "/a,methods=POST", "/a b", "/"])("leaves the path %s out", (path) => {
    expect(of({ path })[1]).toBe("countersign secret set nasa-key --place 'api=nasa,in=query,name=api_key'");
  });

  it.each([
    ["/services/T0A1B2C3D/Jx83kdLq02mZpQ7vT5rNbY1c", ",path=/services"],
    ["/Jx83kdLq02mZpQ7vT5rNbY1c/x", ""],
    ["/JxkdLqmZpQvTrNbYc", ""],
    ["/data/2.5/weather", ",path=/data/2.5/weather"],
    ["/v1/me/", ",path=/v1/me"],
  ])("of the path %s shows what is no value: %s", (path, shown) => {
    expect(of({ path })[1]).toBe(`countersign secret set nasa-key --place 'api=nasa,in=query,name=api_key${shown}'`);
  });

  it("names no secret after a name that looks drawn at random itself", () => {
    const [command = ""] = toAdvice({ severity: "secret", kind: "k", name: "x.Jx83kdLq02mZpQ7vT5rNbY1cKey" }).commands;
    expect(command).toContain("secret set app-key ");
  });

  it.each([
    ["config.weatherApiKey", "weather-api-key"],
    ["$(rm -rf ~)", "rm-rf"],
    ["__", "app-key"],
    ["X".repeat(200), "x".repeat(40)],
  ])("names a secret for %s %s", (name, secret) => {
    const [command = ""] = toAdvice({ severity: "secret", kind: "k", name }).commands;
    expect(command).toBe(`countersign secret set ${secret} --place 'api=ID,in=header,name=HEADER'`);
  });

  it("is nothing for what is public or only suspected, and brokered for what is too much", () => {
    expect(toAdvice({ severity: "public-by-design", kind: "k" })).toMatchObject({ action: "restrict", commands: [] });
    expect(toAdvice({ severity: "suspicious", kind: "k", name: "a" })).toMatchObject({
      action: "inspect",
      commands: [],
    });
    const stripe = toAdvice({ severity: "secret", kind: "k", vendor: "stripe", remove: true });
    expect(stripe.action).toBe("remove");
    expect(stripe.commands[1]).toContain(" --mode brokered ");
  });
});
