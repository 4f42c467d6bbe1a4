export interface TarFile {
  /** At most 100 bytes, relative, no folders above it are needed. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly isExecutable: boolean;
}

/**
 * A ustar archive whose bytes depend on the files only: sorted by name, owned by root, at
 * the start of 1980. The oldest busybox unpacks it.
 */
export function tarArchive(files: readonly TarFile[]): Buffer {
  const sorted = [...files].sort((left, right) => (left.name < right.name ? -1 : 1));
  const parts = sorted.flatMap((file) => [
    header(file),
    file.bytes,
    Buffer.alloc((512 - (file.bytes.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const startOf1980 = 315_532_800;

function header(file: TarFile): Buffer {
  const block = Buffer.alloc(512);
  if (Buffer.byteLength(file.name) > 100) throw new Error(`${file.name} is too long for a tar header`);
  block.write(file.name, 0, "utf8");
  block.write(octal(file.isExecutable ? 0o755 : 0o644, 8), 100, "latin1");
  block.write(octal(0, 8), 108, "latin1");
  block.write(octal(0, 8), 116, "latin1");
  block.write(octal(file.bytes.length, 12), 124, "latin1");
  block.write(octal(startOf1980, 12), 136, "latin1");
  block.write(" ".repeat(8), 148, "latin1");
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write("root", 265, "latin1");
  block.write("root", 297, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
