import { describe, expect, it } from "vitest";
import { CliFailure } from "./cli-failure.ts";
import { parsePlaceText } from "./place-text.ts";

describe("a place on the command line", () => {
  it("has its defaults", () => {
    expect(parsePlaceText("api=nasa,in=query,name=api_key")).toEqual({
      api: "nasa",
      methods: ["GET"],
      path: "/",
      in: "query",
      name: "api_key",
      when: "placeholder",
    });
  });

  it("takes every member, values with spaces and equals signs included", () => {
    const text = "api=nasa,in=header,name=Authorization,path=/v1/a=b,methods=GET+POST,prefix=Bearer ,when=always";
    expect(parsePlaceText(text)).toEqual({
      api: "nasa",
      methods: ["GET", "POST"],
      path: "/v1/a=b",
      in: "header",
      name: "Authorization",
      prefix: "Bearer ",
      when: "always",
    });
  });

  it.each([
    "",
    "nasa",
    "api=nasa",
    "api=nasa,in=query",
    "api=a,api=b,in=query,name=k",
    "api=a,in=query,name=k,color=red",
    "api=a,,in=query,name=k",
  ])("is refused as %j", (text) => {
    expect(() => parsePlaceText(text)).toThrow(CliFailure);
  });
});
