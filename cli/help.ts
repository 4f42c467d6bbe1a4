/** What `--help` prints, for the program and for each command. */
export const overviewHelp = `countermine: find cryptominers on a host, stop them, keep what they left, and take it all back

Usage: countermine <command> [options]

  triage                       look at a host once; print its alarms
  contain TARGET…              freeze processes; nothing is lost, undo thaws them
  isolate TARGET…              freeze, keep evidence, isolate the files, kill, watch
  isolated list                files in quarantine
  isolated restore ID          put a file back as it was; starts nothing, overwrites nothing
  isolated delete ID           delete a file in quarantine for good
  apply PLAN_FILE              apply a plan that --dry-run printed (--format json)
  undo PLAN_ID                 take back what a plan did
  recover                      settle steps that were cut off
  journal                      what was done, by whom, what can be taken back
  autostart list|snapshot|diff|history   what starts by itself

A TARGET is --alarm ID, --pid PID or --file PATH; each may be given several times.

Options of every command
  --host HOST                  local (the default), a name of ssh_config, or user@host[:port]
  --format text|json           json prints exactly one document on stdout
  --state-dir DIR              default /var/lib/countermine
  --without-root               do not use sudo; checks that could not look say so
  --ssh-config FILE            instead of ~/.ssh/config
  --accept-host-key SHA256:…   trust an unknown host key with just this fingerprint
  --quiet                      no progress on stderr
  --help

Exit codes: 0 nothing to report, 1 findings, 2 usage or could not run, 3 partial.
`;

const commandHelp: Readonly<Record<string, string>> = {
  triage: `Usage: countermine triage [--host HOST] [--mode sensitive|balanced|conservative] [--allowlist FILE]

Examples
  countermine triage
  countermine triage --host ops@web-3 --format json
`,
  contain: `Usage: countermine contain (--alarm ID | --pid PID)… (--dry-run | --yes) [--host HOST]

Examples
  countermine contain --pid 4242 --dry-run
  countermine contain --alarm 0123456789abcdef --yes --host web-3
`,
  isolate: `Usage: countermine isolate (--alarm ID | --pid PID | --file PATH)… (--dry-run | --yes) [--watch SECONDS]

--dry-run prints the plan and changes nothing; --yes applies it. A killed process is not
started again by undo; everything else can be taken back.

Examples
  countermine isolate --alarm 0123456789abcdef --dry-run
  countermine isolate --file /tmp/.x/kworkerds --yes
`,
  isolated: `Usage: countermine isolated list | restore ID [--to PATH] --yes | delete ID --yes

Examples
  countermine isolated list --format json
  countermine isolated restore 3f0c… --to /root/sample --yes
`,
  apply: `Usage: countermine apply PLAN_FILE --yes

The plan fits one host and one boot; where anything has changed since, the step says drifted.

Example
  countermine isolate --pid 4242 --dry-run --format json > plan.json && countermine apply plan.json --yes
`,
  undo: "Usage: countermine undo PLAN_ID --yes\n\nExample\n  countermine journal; countermine undo 5b1e… --yes\n",
  recover:
    "Usage: countermine recover [--yes]\n\nWithout --yes it says what was cut off and changes nothing.\n\nExample\n  countermine recover --host web-3 --yes\n",
  journal: "Usage: countermine journal [--host HOST]\n\nExample\n  countermine journal --format json\n",
  autostart: `Usage: countermine autostart list|snapshot|diff|history [--host HOST] [--root DIR] [--baseline FILE]

diff compares with --baseline FILE (an \`autostart list --format json\` document) or, without
one, with the stored snapshot. --root reads an offline root file system of this machine.

Examples
  countermine autostart snapshot --host web-3
  countermine autostart diff --baseline web-3.json
  countermine autostart list --root /mnt/disk
`,
};

export function helpFor(command: string): string {
  return commandHelp[command] ?? overviewHelp;
}
