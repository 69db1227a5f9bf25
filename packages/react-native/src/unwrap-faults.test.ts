import { expect, it } from "vitest";
import { unwrapFaults } from "./unwrap-faults.ts";

const module = {
  own: 42,
  randomBytes(length: number) {
    return `${this.own} ${length}`;
  },
  read: async ({ name }: { readonly name: string }) => ({ value: { value: name === "there" ? "kept" : null } }),
  prove: async () => ({ fault: { code: "invalid_key", message: "what was sent" } }),
  forget: async () => ({}),
  remove: async () => null,
  write: () => Promise.reject(new Error("the bridge is gone")),
};

it("gives what was answered, at once or later, and calls the module as its own", async () => {
  const bridge = unwrapFaults(module);
  expect(bridge.randomBytes(3)).toBe("42 3");
  expect(await bridge.read({ name: "there" })).toEqual({ value: "kept" });
  expect(await bridge.read({ name: "else" })).toEqual({ value: null });
});

it("throws a fault by its code, and not with its text", async () => {
  const failed = unwrapFaults(module).prove();
  await expect(failed).rejects.toMatchObject({ code: "invalid_key" });
  await expect(failed).rejects.not.toThrow("what was sent");
});

it("takes nothing else for an answer", async () => {
  const bridge = unwrapFaults(module);
  await expect(bridge.forget()).rejects.toThrow("refused");
  await expect(bridge.remove()).rejects.toThrow("refused");
  await expect(bridge.write()).rejects.toThrow("gone");
});
