import { expect, it } from "vitest";
import { answerBridge } from "./answer-bridge.ts";

/** A native half that answers this, and the calls it was asked. */
function answering(answer: unknown) {
  const asked: unknown[][] = [];
  const bridge = answerBridge(async (...call) => {
    asked.push(call);
    return answer;
  });
  return { bridge, asked };
}

it("asks by name with what is handed over, or nothing, and gives what was answered as value", async () => {
  const { bridge, asked } = answering({ value: { value: null } });
  expect(await bridge.read({ name: "there" })).toEqual({ value: null });
  await bridge.observe();
  expect(asked).toEqual([
    ["read", { name: "there" }],
    ["observe", undefined],
  ]);
});

it("rejects with the code of a fault, and without its text", async () => {
  const failed = answering({ fault: { code: "invalid_key", message: "what was sent" } }).bridge.forget({ alias: "a" });
  await expect(failed).rejects.toMatchObject({ code: "invalid_key" });
  await expect(failed).rejects.not.toThrow("what was sent");
});

it.each([undefined, null, {}, [], "value", { fault: null }, { value: undefined }])(
  "takes %o for no answer",
  async (answer) => {
    await expect(answering(answer).bridge.remove({ name: "there" })).rejects.toMatchObject({ code: undefined });
  },
);

it("rejects where the bridge does, at once or later", async () => {
  const gone = answerBridge(() => {
    throw new Error("the bridge is gone");
  });
  await expect(gone.observe()).rejects.toThrow("gone");
  await expect(answerBridge(() => Promise.reject(new Error("gone"))).observe()).rejects.toThrow("gone");
});
