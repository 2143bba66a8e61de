package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.TargetId;

/** Bounds of the wire contract, and the checks that many messages share. */
final class WireLimits {
  /** Largest message that is parsed, bytes. */
  static final int PAYLOAD_BYTES = 8 << 20;

  /** Most events in a batch. */
  static final int EVENTS = 4_096;

  /** Most blocks in an event. */
  static final int BLOCKS = 65_536;

  /** Most tokens in a block. */
  static final int BLOCK_SIZE = 65_536;

  /** Most multimodal objects in a block. */
  static final int OBJECTS = 1_024;

  /** Longest model name and worker id, characters. */
  static final int NAME_LENGTH = 256;

  /** Most ranks of a worker. */
  static final int RANKS = 1_024;

  private WireLimits() {}

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be the only use of its library
  static void check(boolean fine, String message, Object... values) throws MalformedEventException {
    if (!fine) {
      throw new MalformedEventException(message.formatted(values));
    }
  }

  static void checkSize(int bytes) throws MalformedEventException {
    check(bytes <= PAYLOAD_BYTES, "message has %d bytes, the limit is %d", bytes, PAYLOAD_BYTES);
  }

  static void checkName(String field, String name) throws MalformedEventException {
    check(
        !name.isEmpty() && name.length() <= NAME_LENGTH,
        "%s must have 1 to %d characters: %d",
        field,
        NAME_LENGTH,
        name.length());
  }

  static TargetId target(String workerId, int rank) throws MalformedEventException {
    checkName("worker_id", workerId);
    check(
        rank >= 0 && rank < RANKS,
        "rank must be below %d: %s",
        RANKS,
        Integer.toUnsignedString(rank));
    return new TargetId(workerId, rank);
  }

  static void checkIncarnation(long incarnation) throws MalformedEventException {
    check(incarnation != 0, "incarnation must not be 0");
  }
}
