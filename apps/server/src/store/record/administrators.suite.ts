import { describe, expect, it } from "vitest";

/** An empty record of its own for each test; `open` again opens the same one. */
import type { OpenRecord } from "./open-record.suite.ts";

/** A part of the contract of the record (`recordStoreSuite`). */
export function administratorsContract(record: OpenRecord): void {
  describe("administrators", () => {
    const administrator = { id: "admin-1", name: "Ada", tokenHash: "hash-of-token", createdAtMs: 1000 };
    const token = { tokenHash: "hash-of-bootstrap", createdAtMs: 1000, expiresAtMs: 5000, usedAtMs: null };

    it("redeems a bootstrap token once", async () => {
      expect(await record.store.bootstrapTokens.current()).toBeNull();
      await record.store.bootstrapTokens.set(token);
      expect(await record.store.bootstrapTokens.current()).toEqual(token);
      const redeemed = await Promise.all(
        Array.from({ length: 5 }, (_, i) =>
          record.store.bootstrapTokens.redeem(
            "hash-of-bootstrap",
            { ...administrator, id: `a${i}`, tokenHash: `h${i}` },
            2000,
          ),
        ),
      );
      expect(redeemed.filter(Boolean)).toHaveLength(1);
      expect(await record.store.administrators.list()).toHaveLength(1);
      expect(await record.store.bootstrapTokens.current()).toEqual({ ...token, usedAtMs: 2000 });
    });

    it("redeems no other, no expired and no replaced token", async () => {
      await record.store.bootstrapTokens.set(token);
      expect(await record.store.bootstrapTokens.redeem("hash-of-other", administrator, 2000)).toBe(false);
      expect(await record.store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 5000)).toBe(false);
      await record.store.bootstrapTokens.set({ ...token, tokenHash: "hash-of-new" });
      expect(await record.store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000)).toBe(false);
      expect(await record.store.bootstrapTokens.redeem("hash-of-new", administrator, 2000)).toBe(true);
    });

    it("spends no bootstrap token on an administrator that cannot be added", async () => {
      await record.store.bootstrapTokens.set(token);
      await record.store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000);
      const again = { ...token, tokenHash: "hash-of-second" };
      await record.store.bootstrapTokens.set(again);
      await expect(record.store.bootstrapTokens.redeem("hash-of-second", administrator, 2000)).rejects.toThrow();
      expect(await record.store.bootstrapTokens.current()).toEqual(again);
    });

    async function add(...ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        await record.store.bootstrapTokens.set({ ...token, tokenHash: `bootstrap-${id}` });
        await record.store.bootstrapTokens.redeem(
          `bootstrap-${id}`,
          { ...administrator, id, tokenHash: `token-${id}` },
          2000,
        );
      }
    }

    it("removes an administrator with the token, and says where there is none", async () => {
      await add("a", "b");
      expect(await record.store.administrators.remove("nobody")).toBe("unknown");
      expect(await record.store.administrators.remove("a")).toBe("removed");
      expect(await record.store.administrators.byTokenHash("token-a")).toBeNull();
      expect((await record.store.administrators.list()).map(({ id }) => id)).toEqual(["b"]);
      expect(await record.store.administrators.remove("a")).toBe("unknown");
    });

    it("keeps the last administrator, however many are removed at once", async () => {
      const ids = ["a", "b", "c", "d"];
      await add(...ids);
      const removed = await Promise.all(ids.map((id) => record.store.administrators.remove(id)));
      expect(removed.toSorted()).toEqual(["last", "removed", "removed", "removed"]);
      expect(await record.store.administrators.list()).toHaveLength(1);
    });

    it("finds an administrator by the token's hash", async () => {
      await record.store.bootstrapTokens.set(token);
      await record.store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000);
      expect(await record.store.administrators.byTokenHash("hash-of-token")).toEqual(administrator);
      expect(await record.store.administrators.byTokenHash("hash-of-bootstrap")).toBeNull();
    });
  });
}
