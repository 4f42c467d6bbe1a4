import type { ByteString } from "#core/text/byteString";

const secretName =
  /pass|passwd|pwd|secret|token|credential|auth|private|cookie|session|(^|_)key(_|$)|api_?key|dsn|connection_?string/i;

/**
 * Environment of a process without what would let a reader log in somewhere: values of
 * names that sound secret, and the account part of addresses, become their length.
 * @param environ entries `NAME=value`
 */
export function maskEnvironment(environ: readonly ByteString[]): readonly ByteString[] {
  return environ.map((entry) => {
    const cut = entry.indexOf("=");
    if (cut < 0) return maskAddresses(entry);
    const name = entry.slice(0, cut);
    const value = entry.slice(cut + 1);
    return secretName.test(name) ? `${name}=<${value.length} bytes>` : `${name}=${maskAddresses(value)}`;
  });
}

/** `scheme://user:password@` becomes `scheme://<masked>@`. */
function maskAddresses(text: ByteString): ByteString {
  return text.replace(/([A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/)[^/@\s]{1,400}@/g, "$1<masked>@");
}
