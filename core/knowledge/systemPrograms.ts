/** Programs of Linux distributions that attackers name theirs after, because nobody looks twice. */
const systemPrograms: readonly string[] =
  `agetty acpid atd auditd avahi-daemon bash blkmapd chronyd containerd cron crond cupsd dbus-daemon dbus-broker
  dhclient dmeventd dockerd firewalld fwupd gssproxy haveged httpd init iptables irqbalance iscsid journald kdump
  klogd kswapd0 kthreadd kworker ksoftirqd khugepaged logrotate lvmetad mcelog multipathd mysqld netns nginx
  NetworkManager ntpd nscd nslcd oddjobd pcscd php-fpm polkitd postgres rngd rpcbind rpc.statd rsyslogd rsync
  smartd snapd sshd sssd sudo syslogd syslog-ng systemd systemd-journald systemd-logind systemd-networkd
  systemd-resolved systemd-timesyncd systemd-udevd tuned udevd udisksd unattended-upgrade upowerd watchdog
  watchdogd wpa_supplicant xinetd`
    .split(/\s+/)
    .filter((name) => name !== "");

/**
 * The program of the system that a name was made to look like: one letter more, less,
 * changed or swapped. The same name is none, because that is what a program that was
 * built from source is called. Short names are like many others and are left out.
 */
export function imitatedProgram(name: string): string | undefined {
  if (systemPrograms.includes(name)) return undefined;
  return systemPrograms.find((known) => known.length >= 5 && isOneEditApart(name, known));
}

function isOneEditApart(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  const rest = (text: string, skipped: number): string => text.slice(start + skipped);
  if (long.length > short.length) return rest(long, 1) === rest(short, 0);
  const isSwapped = short[start] === long[start + 1] && short[start + 1] === long[start];
  return rest(long, 1) === rest(short, 1) || (isSwapped && rest(long, 2) === rest(short, 2));
}
