/** A program that keeps a host alive, reachable or watched. */
interface ProtectedProgram {
  /** Matches the whole file name of the executable. */
  readonly name: RegExp;
  readonly role: string;
  readonly protection: "never" | "override" | "neverWhileListening";
}

/**
 * The name alone protects nothing: an attacker calls his miner `systemd-journald`. A row
 * counts only for an executable that the package database owns with an intact digest,
 * at the inode that the host itself has at that path.
 */
const protectedPrograms: readonly ProtectedProgram[] = [
  { name: /^(systemd|init|openrc-init|runit|runit-init|runsvdir|s6-svscan)$/, role: "init", protection: "never" },
  {
    name: /^systemd-(journald|logind|udevd|networkd|resolved|timesyncd|machined|oomd|userdbd|executor)$/,
    role: "a part of systemd",
    protection: "never",
  },
  { name: /^(udevd|elogind|mdev)$/, role: "a part of init", protection: "never" },
  { name: /^dbus-(daemon|broker|broker-launch)$/, role: "the message bus", protection: "never" },
  { name: /^(polkitd|agetty|login)$/, role: "needed to log in", protection: "never" },
  {
    name: /^(NetworkManager|dhclient|dhcpcd|dhcpcd5|udhcpc|connmand|wickedd|wpa_supplicant|cloud-init)$/,
    role: "needed to keep the network",
    protection: "never",
  },
  {
    name: /^(containerd|dockerd|docker-proxy|containerd-shim.*|crio|conmon|conmonrs|podman|runc|crun|kubelet|k3s|rke2)$/,
    role: "the container engine; stop the program inside the container instead",
    protection: "never",
  },
  {
    name: /^(qemu-system-.+|qemu-kvm|libvirtd|virtqemud|virtlogd|cloud-hypervisor|firecracker|xenstored)$/,
    role: "a virtual machine or its manager",
    protection: "never",
  },
  {
    name: /^(auditd|wazuh-.+|ossec-.+|falco|osqueryd|falcon-sensor.*|wdavdaemon|mdatp|elastic-agent|elastic-endpoint|sentinelone-agent|s1-.+|clamd|cbagentd|cyserver|traps_pmd)$/,
    role: "a security agent",
    protection: "never",
  },
  { name: /^(sshd|dropbear)$/, role: "the ssh listener", protection: "neverWhileListening" },
  {
    name: /^(mysqld|mariadbd|postgres|postmaster|mongod|mongos|redis-server|valkey-server|memcached|etcd|cassandra|influxd|clickhouse-server|slapd|beam\.smp)$/,
    role: "a database",
    protection: "override",
  },
  {
    name: /^(named|unbound|dnsmasq|pdns_server|pdns_recursor|coredns|knotd|kresd|nsd)$/,
    role: "a DNS server",
    protection: "override",
  },
];

/** The row for a file name, or undefined for an ordinary program. */
export function protectedProgram(name: string): ProtectedProgram | undefined {
  return protectedPrograms.find((row) => row.name.test(name));
}
