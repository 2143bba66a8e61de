package dev.warmpath.jmh.peers;

import dev.warmpath.jmh.peers.Corpus.Options;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The file that every program of the comparison reads. Little-endian, no padding:
 *
 * <pre>
 * "KVPEER01", u32 workers, capacity, copies, flags, u64 blocks, requests, operations, indices
 * per block:     u64 local hash, u64 engine hash
 * per index:     u32 block number
 * per operation: u8 kind, 3 bytes 0, u32 worker, i32 parent block or -1, u32 count, u64 first index
 * u32 CRC-32 of everything before
 * </pre>
 */
final class CorpusFile {
  private static final byte[] MAGIC = "KVPEER01".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = 56;
  private static final int BLOCK_BYTES = 16;
  private static final int OP_BYTES = 24;

  private CorpusFile() {}

  /** The bytes of the file. */
  static byte[] encode(Corpus corpus) {
    int blocks = corpus.local().length;
    int indices = corpus.indices().length;
    long bytes =
        HEAD_BYTES
            + (long) BLOCK_BYTES * blocks
            + 4L * indices
            + (long) OP_BYTES * corpus.ops()
            + 4;
    byte[] file = new byte[Math.toIntExact(bytes)];
    ByteBuffer to = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    Options options = corpus.options();
    to.put(MAGIC).putInt(options.workers()).putInt(options.capacity());
    to.putInt(options.copies()).putInt(options.flags());
    to.putLong(blocks).putLong(corpus.queries()).putLong(corpus.ops()).putLong(indices);
    for (int block = 0; block < blocks; block++) {
      to.putLong(corpus.local()[block]).putLong(corpus.engine()[block]);
    }
    for (int block : corpus.indices()) {
      to.putInt(block);
    }
    for (int op = 0; op < corpus.ops(); op++) {
      to.putInt(corpus.kind()[op]).putInt(corpus.worker()[op]).putInt(corpus.parent()[op]);
      to.putInt(corpus.count()[op]).putLong(corpus.first()[op]);
    }
    to.putInt(crc(file, to.position()));
    return file;
  }

  /** Reads what {@link #encode} made. */
  static Corpus decode(byte[] file) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    from.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new IOException("no corpus: it starts with something else than KVPEER01");
    }
    final int body = from.limit() - 4;
    if (crc(file, body) != from.getInt(body)) {
      throw new IOException("the checksum of the corpus is wrong");
    }
    final Options options = new Options(from.getInt(), from.getInt(), from.getInt(), from.getInt());
    final int blocks = Math.toIntExact(from.getLong());
    from.getLong();
    final int ops = Math.toIntExact(from.getLong());
    final int indices = Math.toIntExact(from.getLong());
    Corpus corpus =
        new Corpus(
            options,
            new long[blocks],
            new long[blocks],
            new int[indices],
            new byte[ops],
            new int[ops],
            new int[ops],
            new int[ops],
            new int[ops]);
    for (int block = 0; block < blocks; block++) {
      corpus.local()[block] = from.getLong();
      corpus.engine()[block] = from.getLong();
    }
    for (int i = 0; i < indices; i++) {
      corpus.indices()[i] = from.getInt();
    }
    for (int op = 0; op < ops; op++) {
      corpus.kind()[op] = (byte) from.getInt();
      corpus.worker()[op] = from.getInt();
      corpus.parent()[op] = from.getInt();
      corpus.count()[op] = from.getInt();
      corpus.first()[op] = Math.toIntExact(from.getLong());
    }
    return corpus;
  }

  static void write(Corpus corpus, Path path) throws IOException {
    Files.write(path, encode(corpus));
  }

  static Corpus read(Path path) throws IOException {
    return decode(Files.readAllBytes(path));
  }

  /** The checksum at the end of an encoded corpus. */
  static int checksum(byte[] encoded) {
    return crc(encoded, encoded.length - 4);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
