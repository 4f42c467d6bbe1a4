import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpsError } from "#core/opsError";
import { fingerprint, publicKeyType } from "./publicKeyBlob.ts";
import { TrustStore } from "./trustStore.ts";

const one = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f", "base64");
const two = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA", "base64");

describe("TrustStore", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trust-store-"));
    path = join(folder, "deep", "trusted.json");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps keys for the next window, in a file for its owner only", async () => {
    await new TrustStore(path).add("host", one);
    await new TrustStore(path).add("host", two);
    await new TrustStore(path).add("host", two);
    assert.deepEqual(await new TrustStore(path).lookup("host"), [
      { keyType: "ssh-ed25519", key: one },
      { keyType: "ssh-ed25519", key: two },
    ]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(join(folder, "deep")), ["trusted.json"]);
  });

  it("replaces and forgets the keys of one name only", async () => {
    const store = new TrustStore(path);
    await store.add("host", one);
    await store.add("[host]:2222", one);
    await store.replace("host", two);
    assert.deepEqual(
      (await store.lookup("host")).map((entry) => entry.key),
      [two],
    );
    await store.remove("host");
    assert.deepEqual(await store.lookup("host"), []);
    assert.deepEqual(await store.names(), ["[host]:2222"]);
  });

  it("loses nothing when windows write at the same time", async () => {
    await Promise.all(Array.from({ length: 20 }, async (_, index) => new TrustStore(path).add(`host${index}`, one)));
    assert.equal((await new TrustStore(path).names()).length, 20);
  });

  it("takes names of object properties as names", async () => {
    const store = new TrustStore(path);
    assert.deepEqual(await store.lookup("constructor"), []);
    assert.deepEqual(await store.lookup("__proto__"), []);
    await store.add("constructor", one);
    assert.equal((await store.lookup("constructor")).length, 1);
  });

  it("sets a damaged file aside, says so, and starts anew", async () => {
    await new TrustStore(path).add("host", one);
    for (const damage of ["{ not json", "{}", `{"schema":"countermine/trusted-host-keys@1","hosts":[]}`, ""]) {
      writeFileSync(path, damage);
      const problems: string[] = [];
      const store = new TrustStore(path, (message) => problems.push(message));
      assert.deepEqual(await store.lookup("host"), []);
      assert.equal(problems.length, 1, damage);
      const kept = /kept as (\S+);/.exec(problems[0] ?? "")?.[1] ?? "";
      assert.equal(readFileSync(kept, "utf8"), damage);
      assert.equal(existsSync(path), false);
    }
  });

  it("does not touch a file of a newer version, and trusts nothing meanwhile", async () => {
    await new TrustStore(path).add("host", one);
    const newer = `{"schema":"countermine/trusted-host-keys@2","keys":[]}`;
    writeFileSync(path, newer);
    const store = new TrustStore(path);
    await assert.rejects(store.lookup("host"), (error) => OpsError.is(error, "stateDamaged"));
    await assert.rejects(store.add("host", one), (error) => OpsError.is(error, "stateDamaged"));
    assert.equal(readFileSync(path, "utf8"), newer);
  });

  it("takes over the lock of a window that crashed", async () => {
    await new TrustStore(path).add("host", one);
    writeFileSync(`${path}.lock`, "");
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${path}.lock`, longAgo, longAgo);
    await new TrustStore(path).add("host", two);
    assert.equal((await new TrustStore(path).lookup("host")).length, 2);
  });
});

describe("fingerprint", () => {
  it("prints what ssh-keygen prints", () => {
    const folder = mkdtempSync(join(tmpdir(), "fingerprint-"));
    try {
      for (const type of ["ed25519", "rsa", "ecdsa"]) {
        const path = join(folder, type);
        execFileSync("ssh-keygen", ["-q", "-t", type, "-b", type === "rsa" ? "1024" : "256", "-N", "", "-f", path]);
        const [name = "", encoded = ""] = readFileSync(`${path}.pub`, "utf8").split(" ");
        const key = Buffer.from(encoded, "base64");
        const printed = execFileSync("ssh-keygen", ["-l", "-f", `${path}.pub`], { encoding: "utf8" });
        assert.equal(fingerprint(key), printed.split(" ")[1]);
        assert.equal(publicKeyType(key), name);
        assert.equal(publicKeyType(key.subarray(0, -1)), undefined);
        assert.equal(publicKeyType(Buffer.concat([key, Buffer.from([0])])), undefined);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
