import assert from "node:assert/strict";
import { protectedProgram } from "#helper/policy/protectedPrograms";

describe("protectedProgram", () => {
  for (const name of [
    "systemd",
    "systemd-journald",
    "dbus-daemon",
    "NetworkManager",
    "dhclient",
    "containerd-shim-runc-v2",
    "dockerd",
    "kubelet",
    "qemu-system-x86_64",
    "auditd",
    "osqueryd",
    "wazuh-agentd",
  ]) {
    it(`never lets go of ${name}`, () => assert.equal(protectedProgram(name)?.protection, "never"));
  }
  for (const name of ["mysqld", "postgres", "named", "dnsmasq"]) {
    it(`asks for a typed override for ${name}`, () => assert.equal(protectedProgram(name)?.protection, "override"));
  }
  it("protects sshd only while it listens, so that an intruder's session can be ended", () =>
    assert.equal(protectedProgram("sshd")?.protection, "neverWhileListening"));
  for (const name of ["xmrig", "systemd-miner", "xsshd", "dockerd2", "bash", "node", "cron"]) {
    it(`says nothing about ${name}`, () => assert.equal(protectedProgram(name), undefined));
  }
});
