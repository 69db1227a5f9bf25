import { expect, it } from "vitest";
import { textBridge } from "./text-bridge.ts";

/** A native half that answers this, and the calls it was asked. */
function answering(answer: string) {
  const asked: string[] = [];
  const bridge = textBridge(async (name, of) => {
    asked.push(`${name} ${of}`);
    return answer;
  });
  return { bridge, asked };
}

it("asks by name with the JSON of one object, and gives what was answered as value", async () => {
  const { bridge, asked } = answering(`{"value":{"value":"kept"}}`);
  expect(await bridge.read({ name: "there" })).toEqual({ value: "kept" });
  await bridge.observe();
  expect(asked).toEqual([`read {"name":"there"}`, "observe {}"]);
});

it("rejects with the code of a fault", async () => {
  const { bridge } = answering(`{"fault":{"code":"invalid_key","message":"what was sent"}}`);
  await expect(bridge.forget({ alias: "a" })).rejects.toMatchObject({ code: "invalid_key" });
});

it.each(["", "null", `{"value":`, `"value"`])("takes %s for no answer", async (answer) => {
  await expect(answering(answer).bridge.remove({ name: "there" })).rejects.toThrow();
});
