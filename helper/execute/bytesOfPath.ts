import { OpsError } from "#core/opsError";
import type { ByteString } from "#core/text/byteString";
import { decodeUtf8, isUtf8 } from "#core/text/byteString";
import { showBytes, showText } from "#core/text/showBytes";

/** The exact bytes of a path that came over the wire. Throws an OpsError `badInput` unless it is absolute and canonical. */
export function bytesOfPath(wire: { readonly path: string; readonly pathBase64?: string | undefined }): ByteString {
  const bytes =
    wire.pathBase64 === undefined
      ? Buffer.from(wire.path, "utf8").toString("latin1")
      : Buffer.from(wire.pathBase64, "base64").toString("latin1");
  const parts = bytes.split("/").slice(1);
  const isCanonical = bytes.startsWith("/") && parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isCanonical || bytes.includes("\0") || bytes.length > 4095)
    throw new OpsError(
      "badInput",
      `${showBytes(bytes, 200)} is not an absolute path without links, dots and empty parts.`,
    );
  return bytes;
}

/** A path for the wire: readable always, and exact besides where reading changes it. */
export function wirePath(bytes: ByteString): { readonly path: string; readonly pathBase64?: string } {
  const shown = showBytes(bytes, 20_000);
  const isExact = isUtf8(bytes) && showText(decodeUtf8(bytes), 20_000) === decodeUtf8(bytes);
  return isExact ? { path: shown } : { path: shown, pathBase64: Buffer.from(bytes, "latin1").toString("base64") };
}
