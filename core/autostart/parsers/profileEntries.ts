import type { ByteString } from "../../text/byteString.ts";
import { basename } from "../../text/paths.ts";
import type { AutostartEntry, AutostartFile, RiskReason } from "../autostartClass.ts";
import { judgeCommand, judgePath } from "../commandRisk.ts";
import { nameApart } from "./cronEntries.ts";
import { logicalLines } from "./script.ts";

/**
 * The entries of a shell start file: the file itself, and each line in it that starts
 * something, hooks the prompt or stands in for a command. The lines are entries of
 * their own so that one can be taken out without the rest.
 */
export function profileEntries(file: AutostartFile): readonly AutostartEntry[] {
  const common = {
    scope: file.home?.path ?? "",
    path: file.path,
    runUser: file.home?.user ?? "",
    trigger: "login",
    enabled: file.content !== undefined,
  };
  const whole: AutostartEntry = { ...common, name: basename(file.path), risk: [] };
  const lines: AutostartEntry[] = [];
  for (const { text, number } of logicalLines(file.content ?? "")) {
    const reading = judgeLine(text.trim());
    if (!reading) continue;
    const { program, risk, toleratesMissing } = reading;
    lines.push({
      ...common,
      name: text.trim(),
      line: number,
      command: text.trim(),
      ...(program === undefined ? {} : { program }),
      toleratesMissing,
      risk,
    });
  }
  return nameApart([whole, ...lines]);
}

interface LineReading {
  readonly program?: ByteString;
  readonly toleratesMissing: boolean;
  readonly risk: readonly RiskReason[];
}

/** Undefined for a line that only sets things up. */
function judgeLine(text: ByteString): LineReading | undefined {
  const { program, toleratesMissing, risk: commandRisk } = judgeCommand(text);
  const carried = carriedCommand(text);
  const inner = carried === undefined ? undefined : judgeCommand(carried);
  const risk = new Set<RiskReason>([...commandRisk, ...(inner?.risk ?? [])]);
  if (/(?:^|[;&\s])(?:export\s+)?PROMPT_COMMAND\+?=/.test(text)) risk.add("runs at every prompt");
  if (shadowsCommand(text)) risk.add("replaces a command");
  const isPathFirst = /(?:^|[;&\s])(?:export\s+)?PATH=["']?([^$"';\s]+)/.exec(text);
  for (const folder of (isPathFirst?.[1] ?? "").split(":")) {
    if (folder.startsWith("/")) for (const reason of judgePath(`${folder}/x`)) risk.add(reason);
  }
  const hasTrap = /(?:^|[;&]\s*)trap\s+(?!-|['"]?['"]?\s)\S/.test(text);
  const runsInBackground = /[^&>|]&\s*(?:$|\)|;)/.test(text) || /(?:^|[;&|(]\s*)(?:nohup|setsid)\s/.test(text);
  if (risk.size === 0 && !hasTrap && !runsInBackground) return undefined;
  const main = inner?.program ?? program;
  return {
    ...(main === undefined ? {} : { program: main }),
    toleratesMissing: toleratesMissing || risk.size > 0,
    risk: [...risk],
  };
}

/** The command that an alias, a trap or the prompt will run. */
function carriedCommand(text: ByteString): ByteString | undefined {
  const match =
    /(?:^|[;&|\s])(?:trap\s+(?:--\s+)?|alias\s+(?:-g\s+)?(?:--\s+)?[^\s=]+=|(?:export\s+)?PROMPT_COMMAND\+?=)(?:"([^"]*)"|'([^']*)'|(\S+))/.exec(
      text.slice(0, 16_384),
    );
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

const shadowable =
  "ls|ps|top|htop|ss|netstat|lsof|sudo|su|ssh|scp|kill|pkill|killall|crontab|systemctl|find|grep|cat|chattr|lsattr|rm|who|w|last|id|passwd|docker|strace|ip|cd";
const aliasOf = new RegExp(
  String.raw`(?:^|[;&|]\s*)alias\s+(?:-g\s+)?(?:--\s+)?(${shadowable})=(?:"([^"]*)"|'([^']*)'|(\S*))`,
);
const functionOf = new RegExp(String.raw`^(?:function\s+(?:${shadowable})\b|(?:${shadowable})\s*\(\s*\))`);

/** `alias ls='ls --color'` is everybody's; an alias that runs something else is not. */
function shadowsCommand(text: ByteString): boolean {
  if (functionOf.test(text)) return true;
  const match = aliasOf.exec(text);
  if (!match) return false;
  const [, name = "", ...values] = match;
  const words = (values.find((value) => value !== undefined) ?? "").trim().split(/\s+/);
  if (/[;&|`$(]/.test(words.join(" "))) return true;
  const program = words.find((word) => !/^(?:\w+=.*|command|sudo|nice)$/.test(word)) ?? name;
  return basename(program) !== name && !knownReplacements.has(basename(program));
}

/** Programs that people alias to on purpose. */
const knownReplacements = new Set(
  "exa,eza,lsd,bat,batcat,rg,fd,fdfind,htop,btop,podman,rip,trash,trash-put,doas,colorls,grc,lsof,ss,z,zoxide".split(
    ",",
  ),
);
