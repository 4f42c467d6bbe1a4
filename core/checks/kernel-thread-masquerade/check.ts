import type { OwnershipFact } from "../../facts/facts.ts";
import { processKey, type ProcessFact } from "../../facts/process.ts";
import type { ByteString } from "../../text/byteString.ts";
import { showBytes } from "../../text/showBytes.ts";
import { defineCheck, type Finding } from "../check.ts";
import { isScriptLanguage, isShell, programName } from "../programName.ts";

export const check = defineCheck({
  id: "P04",
  slug: "kernel-thread-masquerade",
  title: "Program that poses as a kernel thread",
  category: "Abnormal system behavior",
  type: "Abnormal process behaviors",
  severity: "critical",
  attack: ["T1036.004"],
  maturity: "stable",
  needs: ["processes", "ownership"],
  falsePositives: ["A daemon that sets its title to one word in square brackets that no kernel thread has."],
  weakness: "A program that poses as an ordinary daemon instead is the business of the name-mismatch check.",
  run({ processes, ownership }): readonly Finding[] {
    return processes.flatMap((process) => judge(process, ownership));
  },
});

/** Names that only kernel threads have; what follows the family is theirs to vary, and an imitator's too. */
const families =
  /^(?:kworker|kthread|ksoftirq|kswapd|kcompactd|khugepaged|kdevtmpfs|kauditd|kblockd|kintegrityd|khungtaskd|khelper|kthrotld|kpsmoused|ksmd|kmpath|kdmflush|kcryptd|kconservative|kondemand|krfcomm|knbd|kstrp|migration\/\d|cpuhp\/\d|idle_inject\/\d|watchdog\/\d|rcu_(?:sched|preempt|bh|gp|par_gp|tasks|exp|state|cb)|rcu(?:os?|ob|op|og|[bcn])\/\d|irq\/\d|irqbalance\/|posixcputmr|stopper\/|backlog_napi|napi\/|jbd2\/|ext4-rsv|xfs-|xfsaild|xfs_|btrfs-|scsi_eh|scsi_tmf|nvme-|ata_sff|md\d+_raid|dm_bufio|cryptd$|crypto$|bioset$|writeback$|oom_reaper|mm_percpu_wq|slub_flushwq|inet_frag_wq|netns$|ipv6_addrconf|mld$|edac-poller|devfreq_wq|acpi_thermal_pm|charger_manager|zswap-shrink|tpm_dev_wq|blkcg_punt_bio|hwrng$|psimon$|spl_|zvol|z_|txg_|arc_|ecryptfs-|nfsd$|nfsiod$|rpciod$|xprtiod$|lockd$|cifsd$|cifsiod$|vhost-\d|ttm_swap|card\d+-crtc|i915\/|nv_queue|nvidia-modeset|events\/\d|sync_supers|pdflush|flush-\d|kjournald|kacpi|khubd|kseriod|aio\/\d|async\/mgr|deferwq|memory_failure|perf$|ksnapd|kclient|kcached)/;

/** Families whose names ordinary programs may have too: they only count inside square brackets. */
const alsoOrdinary =
  /^(?:crypto|cryptd|perf|netns|mld|hwrng|bioset|writeback|nfsd|lockd|cifsd|z_|arc_|spl_|txg_|events\/|aio\/|xfs_|xfs-|btrfs-|nvme-|napi\/|async\/|watchdog\/|stopper\/|irqbalance\/|ecryptfs-|i915\/|nv_queue|nvidia-|kclient|kcached|kthread)/;

/**
 * The kernel sets a flag on its own threads that no program can set, so a process
 * without it that has an executable or arguments is none, whatever it is called
 * (RELIABILITY F35). Between fork and exec a helper that the kernel starts has a
 * thread's name, no executable and no arguments: that is not an imitation.
 */
function judge(process: ProcessFact, ownership: OwnershipFact): readonly Finding[] {
  if (process.isKernelThread || (process.exe === undefined && process.argv.length === 0)) return [];
  const title = (process.argv[0] ?? "").slice(0, 4096).trim();
  const bracketed = /^\[([^[\]\s]{1,64})\](?:$|\s)/.exec(title)?.[1];
  const finding = (points: number, claim: ByteString, where: "cmdline" | "comm"): readonly Finding[] => [
    {
      subject: { kind: "process", key: processKey(process) },
      points,
      text: `It calls itself ${showBytes(claim, 80)} as a kernel thread does, but it is a program: ${showProgram(process)}.`,
      source: `/proc/${process.pid}/${where}`,
      severity: points >= 90 ? "critical" : "high",
    },
  ];
  if (bracketed !== undefined && families.test(bracketed)) return finding(100, title, "cmdline");
  if (isThreadName(title)) return finding(100, title, "cmdline");
  if (isThreadName(process.comm)) return finding(90, process.comm, "comm");
  if (bracketed === undefined) return [];
  const owner = process.exe === undefined ? "unknown" : (ownership.byPath.get(process.exe.path) ?? "unknown");
  if (typeof owner === "string") return finding(owner === "unowned" ? 70 : 50, title, "cmdline");
  const name = programName(process);
  return finding(isShell(name) || isScriptLanguage(name) ? 50 : 30, title, "cmdline");
}

function isThreadName(name: ByteString): boolean {
  const bare = name.replace(/^[[(]|[\])]$/g, "");
  return families.test(bare) && (bare === "kthreadd" || !alsoOrdinary.test(bare));
}

function showProgram(process: ProcessFact): string {
  if (process.exe === undefined) return "it has arguments, which no kernel thread has";
  return showBytes(process.exe.path, 300) + (process.exe.isDeleted ? ", which is deleted" : "");
}
