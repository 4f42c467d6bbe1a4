export interface LabUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly password: string;
  /** `nopasswd`: sudo without asking; `password`: sudo asks; `none`: not in sudoers. */
  readonly sudo: "root" | "nopasswd" | "password" | "none";
}

/** The accounts of every lab host. All of them take the lab's key and their password. */
export const labUsers = [
  { name: "root", uid: 0, home: "/root", password: "rootpw", sudo: "root" },
  { name: "ops", uid: 1001, home: "/home/ops", password: "opspw", sudo: "nopasswd" },
  { name: "dev", uid: 1002, home: "/home/dev", password: "devpw", sudo: "password" },
  { name: "nosudo", uid: 1003, home: "/home/nosudo", password: "nosudopw", sudo: "none" },
] as const satisfies readonly LabUser[];

export type LabUserName = (typeof labUsers)[number]["name"];
