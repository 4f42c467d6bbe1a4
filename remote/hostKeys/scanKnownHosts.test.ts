import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { OpsError } from "#core/opsError";
import { coversHost, knownHostsName, parseKnownHostsLine } from "./knownHostsLine.ts";
import { fingerprint } from "./publicKeyBlob.ts";
import { scanKnownHosts, scanRevokedKeys } from "./scanKnownHosts.ts";
import { matchesWildcard } from "./wildcard.ts";

/** How many random files are compared with ssh-keygen; each one starts a process. */
const cases = Number(process.env["KNOWN_HOSTS_CASES"] ?? "150");

const keys = [
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA",
  `ssh-rsa ${rsaBlob().toString("base64")}`,
];

describe("scanKnownHosts", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "known-hosts-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, "latin1");
    return path;
  };

  it("takes a file that does not exist as an empty one", async () => {
    assert.deepEqual(await scanKnownHosts(join(folder, "absent"), ["host"]), []);
  });

  it("reports file and line, and reads CRLF, tabs, comments and a last line without its end", async () => {
    const path = file(
      "mixed",
      `# comment\r\n\r\n\thost\t${keys[0]} me@desk\r\n\x00\xff garbage\nother ${keys[1]}\nhost ${keys[1]}`,
    );
    const found = await scanKnownHosts(path, ["host"]);
    assert.deepEqual(
      found.map(({ line, keyType, role }) => ({ line, keyType, role })),
      [
        { line: 3, keyType: "ssh-ed25519", role: "key" },
        { line: 6, keyType: "ssh-ed25519", role: "key" },
      ],
    );
    assert.equal(found[0]?.file, path);
  });

  it("finds the same lines however the file is cut into pieces", async () => {
    const lines = Array.from(
      { length: 4000 },
      (_, index) => `host${index} ${keys[index % 2]} ${"x".repeat(index % 97)}`,
    );
    const path = file("long", lines.join("\n"));
    const found = await scanKnownHosts(path, ["host3999", "host0", "host2000"]);
    assert.deepEqual(
      found.map((entry) => entry.line),
      [1, 2001, 4000],
    );
  });

  it("A7 a folder, a FIFO and a file that may not be read fail closed at once", async function () {
    const directory = join(folder, "directory");
    mkdirSync(directory);
    const fifo = join(folder, "fifo");
    execFileSync("mkfifo", [fifo]);
    await assert.rejects(scanKnownHosts(directory, ["host"]), isUnreadable(/folder/));
    await assert.rejects(scanKnownHosts(fifo, ["host"]), isUnreadable(/not a regular file/));
    // Root may read everything, so the third case says something only for other users.
    const closed = file("closed", `host ${keys[0]}\n`);
    chmodSync(closed, 0);
    if (process.getuid?.() === 0) assert.equal((await scanKnownHosts(closed, ["host"])).length, 1);
    else await assert.rejects(scanKnownHosts(closed, ["host"]), isUnreadable(/permission denied/));
  });

  it("A7 a file of 100 MB fails closed without being read", async () => {
    const path = file("huge", `host ${keys[0]}\n`);
    truncateSync(path, 100 << 20);
    const memoryBefore = process.memoryUsage().rss;
    const startedAt = Date.now();
    await assert.rejects(scanKnownHosts(path, ["host"]), isUnreadable(/larger than 64 MiB/));
    assert(Date.now() - startedAt < 4000);
    assert(process.memoryUsage().rss - memoryBefore < 64 << 20);
  });

  it("A7 a line without an end fails closed in bounded memory", async () => {
    const path = file("one-line", `host ${keys[0]}\n`);
    truncateSync(path, 60 << 20);
    const startedAt = Date.now();
    await assert.rejects(scanKnownHosts(path, ["host"]), isUnreadable(/line of more than 1 MiB/));
    assert(Date.now() - startedAt < 5000);
  });

  it("A7 30 MB of hashed lines are read in bounded time and memory, and the last one counts", async function () {
    this.timeout(30_000);
    const line = `${hashed("nobody")} ${keys[0]}\n`;
    const path = file("hashed", line.repeat(Math.floor((30 << 20) / line.length)) + `${hashed("host")} ${keys[1]}\n`);
    const memoryBefore = process.memoryUsage().rss;
    const found = await scanKnownHosts(path, ["host"]);
    assert.equal(found.length, 1);
    assert(process.memoryUsage().rss - memoryBefore < 150 << 20, "memory stays bounded");
  });

  it("reads a list of revoked keys, and fails closed for a binary one", async () => {
    const path = file("revoked", `# revoked\n${keys[0]} old\n`);
    assert.deepEqual(
      (await scanRevokedKeys(path)).map((entry) => entry.role),
      ["revoked"],
    );
    await assert.rejects(scanRevokedKeys(file("krl", "SSHKRL\n\0\0\0\0\x01")), isUnreadable(/binary/));
  });

  it(`A4 agrees with ssh-keygen -F on ${cases} generated files`, async function () {
    this.timeout(20_000 + cases * 40);
    const path = join(folder, "generated");
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { minLength: 2, maxLength: 10 }),
        anyQuery,
        fc.boolean(),
        async (lines, query, isCrlf) => {
          writeFileSync(path, lines.join(isCrlf ? "\r\n" : "\n") + "\n", "latin1");
          const ours = (await scanKnownHosts(path, [query])).map(
            (entry) => `${entry.line} ${fingerprint(entry.key)} ${entry.role}`,
          );
          assert.deepEqual(ours, theirs(path, query), lines.join("\n"));
          found += ours.length;
        },
      ),
      { numRuns: cases },
    );
    assert(found > cases / 6, `the generated files cover the question often enough (${found})`);
  });
});

describe("coversHost", () => {
  it("A4 covers names, wildcards and ports, and lets a negation win wherever it stands", () => {
    const cases: readonly (readonly [hosts: string, name: string, isCovered: boolean])[] = [
      ["host", "host", true],
      ["HOST", "host", true],
      ["host", "HOST", true],
      ["host", "host.example.org", false],
      ["*.example.org", "host.example.org", true],
      ["*.example.org,!host.example.org", "host.example.org", false],
      ["!host.example.org,*.example.org", "host.example.org", false],
      ["!host.example.org", "other", false],
      ["h?st", "host", true],
      ["[host]:2222", "[host]:2222", true],
      ["[host]:2222", "host", false],
      ["host", "[host]:2222", false],
      ["[*]:22*", "[host]:2222", true],
      ["10.0.0.*,host", "10.0.0.7", true],
      ["", "host", false],
      [",,host", "host", true],
      ["!*", "host", false],
      [`${"a".repeat(1100)},host`, "host", false],
      [hashed("host"), "host", true],
      [hashed("host"), "other", false],
      [`${hashed("host")},host`, "host", false],
      ["|1|short|short", "host", false],
    ];
    for (const [hosts, name, isCovered] of cases) assert.equal(coversHost(hosts, name), isCovered, `${hosts} ${name}`);
  });

  it("matches hostile wildcards in linear time", () => {
    const startedAt = Date.now();
    assert.equal(matchesWildcard("a".repeat(5000), `${"*a".repeat(500)}b`), false);
    assert(Date.now() - startedAt < 4000);
  });
});

describe("parseKnownHostsLine", () => {
  it("A4 skips garbage, two markers, unknown markers and keys that are not what they say", () => {
    const garbage = [
      "host",
      "host ssh-ed25519",
      `host ssh-rsa ${keys[0]?.split(" ")[1]}`,
      "host ssh-ed25519 !!!!",
      "host ssh-ed25519 AAAA",
      `@unknown host ${keys[0]}`,
      `@revoked @cert-authority host ${keys[0]}`,
      `@revoked`,
      "",
      "# comment",
      "\0",
    ];
    for (const line of garbage) assert.equal(parseKnownHostsLine(line), undefined, line);
    assert.equal(parseKnownHostsLine(`@revoked host ${keys[0]}`)?.role, "revoked");
    assert.equal(parseKnownHostsLine(`@cert-authority host ${keys[0]}`)?.role, "ca");
  });
});

describe("knownHostsName", () => {
  it("writes the port only where it is not 22", () => {
    assert.equal(knownHostsName("Host", 22), "host");
    assert.equal(knownHostsName("::1", 2222), "[::1]:2222");
  });
});

const anyName = fc.constantFrom("host", "host.example.org", "10.0.0.7", "::1", "HOST", "abab");
const anyPattern = fc.oneof(
  { weight: 3, arbitrary: anyName },
  {
    weight: 2,
    arbitrary: fc.constantFrom("*", "h*", "*.example.org", "h?st", "?", "10.0.0.*", "*b", "a*b", "[*]:22*"),
  },
  { weight: 1, arbitrary: anyName.map((name) => `[${name}]:2222`) },
  { weight: 1, arbitrary: fc.constantFrom("", "|", "@x", "#y") },
);
const anyHosts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.tuple(fc.boolean(), anyPattern), { minLength: 1, maxLength: 4 })
      .map((patterns) => patterns.map(([isNegated, pattern]) => `${isNegated ? "!" : ""}${pattern}`).join(",")),
  },
  { weight: 2, arbitrary: anyName.map((name) => hashed(name)) },
  { weight: 1, arbitrary: anyName.map((name) => hashed(`[${name}]:2222`)) },
  { weight: 1, arbitrary: anyName.map((name) => `${hashed(name)},${name}`) },
);
const anyKey = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...keys) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "ssh-ed25519 AAAA",
      "ssh-rsa",
      "garbage",
      `ssh-rsa ${keys[0]?.split(" ")[1]}`,
      "1024 35 123",
    ),
  },
);
const anyLine = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", "", "", "@revoked ", "@cert-authority ", "@other ", " ", "\t"),
        anyHosts,
        fc.constantFrom(" ", "\t", "  "),
        anyKey,
        fc.constantFrom("", " comment", " # comment"),
      )
      .map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "# comment", "garbage", "\t", "host") },
);
const anyQuery = fc.oneof(
  anyName.map((name) => name.toLowerCase()),
  anyName.map((name) => `[${name.toLowerCase()}]:2222`),
);

function rsaBlob(): Buffer {
  const fields = [Buffer.from("ssh-rsa"), Buffer.from([1, 0, 1]), Buffer.from([0, ...new Uint8Array(128).fill(0xa5)])];
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

/** What ssh-keygen finds: `line fingerprint role`. */
function theirs(path: string, query: string): readonly string[] {
  let output: string;
  try {
    output = execFileSync("ssh-keygen", ["-l", "-F", query, "-f", path], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    // Exit code 1 says that nothing was found, and still prints what was.
    output = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  }
  const found: string[] = [];
  let header: RegExpExecArray | null = null;
  for (const line of output.split("\n")) {
    const next = /^# Host .* found: line ([0-9]+) ?(CA|REVOKED)?/.exec(line);
    if (next) header = next;
    const print = / (SHA256:[A-Za-z0-9+/]+)/.exec(line)?.[1];
    if (header && print !== undefined)
      found.push(`${header[1]} ${print} ${header[2] === "CA" ? "ca" : header[2] === "REVOKED" ? "revoked" : "key"}`);
  }
  return found;
}

function isUnreadable(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(OpsError.is(error, "hostKeyUnreadable"), String(error));
    assert.match(error.message, message);
    return true;
  };
}
