package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.KvEventBatch;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The NATS subjects of one cluster. Names become one token each: bytes other than A-Z a-z 0-9 - _
 * are percent-encoded, since a dot, a slash or a wildcard would change the subject's meaning.
 */
final class NatsSubjects {
  /** Stream that keeps the events of all clusters. */
  static final String STREAM = "WARMPATH_KV";

  /** Subjects of that stream. */
  static final String ALL_EVENTS = "warmpath.v1.kv.>";

  private static final String EVENTS = "warmpath.v1.kv.";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final String cluster;

  NatsSubjects(String cluster) {
    this.cluster = token(cluster);
  }

  /** Where the events of a batch's target go. */
  String events(KvEventBatch batch) {
    return EVENTS
        + cluster
        + "."
        + token(batch.getModel())
        + "."
        + token(batch.getWorkerId())
        + "."
        + Integer.toUnsignedString(batch.getRank());
  }

  /** Matches the events of all targets of the cluster. */
  String clusterEvents() {
    return EVENTS + cluster + ".>";
  }

  /** Where a worker is asked for its content. */
  String resync(String workerId) {
    return "warmpath.v1.resync." + cluster + "." + token(workerId);
  }

  /** The cluster's subject of another family. */
  String of(String family) {
    return "warmpath.v1." + family + "." + cluster;
  }

  /** A name as one subject token. */
  static String token(String name) {
    StringBuilder token = new StringBuilder(name.length());
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (isPlain((char) b)) {
        token.append((char) b);
      } else {
        token.append('%').append(HEX.toHexDigits(b));
      }
    }
    return token.toString();
  }

  private static boolean isPlain(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }
}
