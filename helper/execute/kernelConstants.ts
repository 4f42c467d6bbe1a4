/** O_PATH on x86 and arm64: a handle to a name that opens nothing. Node has no constant for it. */
export const oPath = 0o10_000_000;

/** `f_type` of procfs, from linux/magic.h. */
export const procMagic = 0x9fa0;

/** File systems whose files are not stored anywhere: there is nothing to isolate. */
export const pseudoFileSystems: ReadonlyMap<number, string> = new Map([
  [procMagic, "proc"],
  [0x6265_6572, "sysfs"],
  [0x1cd1, "devpts"],
  [0x6367_7270, "cgroup2"],
  [0x27_e0eb, "cgroup"],
  [0x6462_6720, "debugfs"],
  [0x7472_6163, "tracefs"],
  [0x7363_6673, "securityfs"],
  [0xcafe_4a11, "bpf"],
]);
