import assert from "node:assert/strict";
import { MemorySecrets, ThrowingSecrets } from "#test/workbench/fakeSecrets";
import { SecretStore } from "./secretStore.ts";

describe("G9 secret store", () => {
  it("keeps secrets in memory only, unless the operator opted in", async () => {
    const storage = new MemorySecrets();
    const store = new SecretStore(storage, () => false, assert.fail);
    await store.remember("ssh:ops@web-1:22", "s3cret", "web-1");
    assert.equal((await store.get("ssh:ops@web-1:22"))?.toString(), "s3cret");
    assert.equal(storage.values.size, 0);
  });

  it("brings back what an earlier window stored, after opting in", async () => {
    const storage = new MemorySecrets();
    await new SecretStore(storage, () => true, assert.fail).remember("sudo:web-1", "s3cret", "web-1");
    const next = new SecretStore(storage, () => true, assert.fail);
    assert.equal((await next.get("sudo:web-1"))?.toString(), "s3cret");
    const optedOut = new SecretStore(storage, () => false, assert.fail);
    assert.equal(await optedOut.get("sudo:web-1"), undefined);
  });

  it("falls back to memory where there is no keyring, and says so once", async () => {
    let told = 0;
    const store = new SecretStore(
      new ThrowingSecrets(),
      () => true,
      () => (told += 1),
    );
    await store.remember("sudo:web-1", "one", "web-1");
    await store.remember("sudo:web-2", "two", "web-2");
    assert.equal((await store.get("sudo:web-1"))?.toString(), "one");
    assert.equal(await store.get("sudo:web-3"), undefined);
    await store.forget("sudo:web-1");
    assert.equal(await store.get("sudo:web-1"), undefined);
    assert.equal(told, 1);
  });

  it("does not speak of keyrings to somebody who never asked for one", async () => {
    const store = new SecretStore(new ThrowingSecrets(), () => false, assert.fail);
    await store.remember("sudo:web-1", "one", "web-1");
    await store.forgetHost("web-1");
    assert.equal(await store.get("sudo:web-1"), undefined);
  });

  it("forgets everything of a host, also what an earlier window stored, and nothing of another", async () => {
    const storage = new MemorySecrets();
    const earlier = new SecretStore(storage, () => true, assert.fail);
    await earlier.remember("ssh:ops@bastion:22", "a", "web-1");
    await earlier.remember("ssh:ops@web-1:22", "b", "web-1");
    await earlier.remember("sudo:web-2", "other", "web-2");
    const store = new SecretStore(storage, () => true, assert.fail);
    await store.remember("sudo:web-1", "c", "web-1");
    await store.forgetHost("web-1");
    for (const key of ["ssh:ops@bastion:22", "ssh:ops@web-1:22", "sudo:web-1"])
      assert.equal(await store.get(key), undefined, key);
    assert.equal((await store.get("sudo:web-2"))?.toString(), "other");
    assert.ok(![...storage.values.keys()].some((key) => key.endsWith("web-1")));
  });

  it("does not stumble over a list that something else wrote", async () => {
    for (const list of ["{", "7", '{"a":1}', '[1,null,"sudo:web-1"]']) {
      const storage = new MemorySecrets();
      storage.values.set("list:web-1", list);
      const store = new SecretStore(storage, () => true, assert.fail);
      await store.remember("ssh:a@web-1:22", "x", "web-1");
      await store.forgetHost("web-1");
      assert.equal(storage.values.size, 0, list);
    }
  });
});
