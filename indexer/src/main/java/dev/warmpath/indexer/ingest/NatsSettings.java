package dev.warmpath.indexer.ingest;

import io.nats.client.api.StorageType;
import java.time.Duration;

/**
 * How a process reaches NATS, and how long events are kept there.
 *
 * @param url {@code nats://host:port}, several separated by commas
 * @param cluster name of the fleet; separates fleets that share one NATS
 * @param clientName name of the connection, as NATS' own monitoring shows it
 * @param storage where the event stream lies
 * @param maxAge how long events are kept
 * @param maxBytes how many bytes of events are kept, over all fleets
 */
public record NatsSettings(
    String url,
    String cluster,
    String clientName,
    StorageType storage,
    Duration maxAge,
    long maxBytes) {
  public NatsSettings {
    if (url.isBlank()) {
      throw new IllegalArgumentException("NATS url is empty");
    }
    if (cluster.isEmpty()) {
      throw new IllegalArgumentException("cluster is empty");
    }
    if (maxBytes < 1 << 20) {
      throw new IllegalArgumentException("maxBytes must be at least 1 MiB: " + maxBytes);
    }
  }

  /** Events on disk, for 10 minutes and up to 1 GiB. */
  public static NatsSettings of(String url, String cluster, String clientName) {
    return new NatsSettings(
        url, cluster, clientName, StorageType.File, Duration.ofMinutes(10), 1L << 30);
  }
}
