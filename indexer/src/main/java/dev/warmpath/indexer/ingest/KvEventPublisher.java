package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.KvEventBatch;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The worker's side of the event stream: gives events their ids, puts them into batches and sends
 * them. One for each life of a worker; thread-safe, never blocks.
 *
 * <p>Events of a rank must be published in the order in which its cache changed: call {@link
 * #publish} under the lock that guards the cache, or from the one thread that changes it.
 */
public final class KvEventPublisher implements AutoCloseable {
  private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int BATCH_BYTES = 512 << 10;

  private final String model;
  private final String workerId;
  private final long incarnation;
  private final int blockSize;
  private final EventTransport transport;
  private final RankStream[] ranks;
  private final LongAdder sendFailures = new LongAdder();
  private volatile boolean closed;

  /**
   * A publisher whose first event on each rank gets id 1.
   *
   * @param model model that the worker serves
   * @param workerId the worker's name
   * @param incarnation this life of the worker; not 0, and greater (unsigned) than all before it
   * @param ranks data-parallel ranks, at least 1
   * @param blockSize tokens in a block
   */
  public KvEventPublisher(
      String model,
      String workerId,
      long incarnation,
      int ranks,
      int blockSize,
      EventTransport transport) {
    if (incarnation == 0) {
      throw new IllegalArgumentException("incarnation must not be 0");
    }
    if (ranks < 1 || ranks > WireLimits.RANKS) {
      throw new IllegalArgumentException(
          "ranks must be 1 to %d: %d".formatted(WireLimits.RANKS, ranks));
    }
    this.model = model;
    this.workerId = workerId;
    this.incarnation = incarnation;
    this.blockSize = blockSize;
    this.transport = transport;
    this.ranks = new RankStream[ranks];
    for (int rank = 0; rank < ranks; rank++) {
      this.ranks[rank] = new RankStream(rank);
    }
  }

  /** This life of the worker. */
  public long incarnation() {
    return incarnation;
  }

  /**
   * Sends events as the engine has them: stored runs carry token ids or local hashes.
   *
   * @return the id of the last event of the rank
   */
  public long publish(int rank, List<dev.warmpath.v1.KvEvent> events) {
    return ranks[rank].publish(events);
  }

  /**
   * Sends events whose blocks are hashed already.
   *
   * @return the id of the last event of the rank
   */
  public long publishHashed(int rank, List<KvEvent> events) {
    return publish(
        rank, events.stream().map(event -> KvEventCodec.encode(event, blockSize)).toList());
  }

  /**
   * Sends a heartbeat for each rank that has published nothing for a second, so that the loss of
   * its last event is noticed. To be called a few times a second.
   *
   * @param nowNanos the time
   * @return how many were sent
   */
  public int heartbeat(long nowNanos) {
    int sent = 0;
    for (RankStream rank : ranks) {
      sent += rank.heartbeat(nowNanos) ? 1 : 0;
    }
    return sent;
  }

  /** The id of a rank's last event; 0 before the first. */
  public long lastEventId(int rank) {
    return ranks[rank].lastEventId();
  }

  /** Times that the transport failed against its contract. */
  public long sendFailures() {
    return sendFailures.sum();
  }

  /** Sends nothing from here on; the transport stays open. */
  @Override
  public void close() {
    closed = true;
  }

  private void send(KvEventBatch batch) {
    if (closed) {
      return;
    }
    try {
      transport.send(batch);
    } catch (RuntimeException e) {
      sendFailures.increment();
    }
  }

  /**
   * The events of one rank. Ids are given and batches sent under its lock, so they stay in order.
   */
  private final class RankStream {
    private final int rank;
    private final Interval idle = new Interval(IDLE_NANOS);
    private long lastEventId;
    private boolean active;

    RankStream(int rank) {
      this.rank = rank;
    }

    synchronized long lastEventId() {
      return lastEventId;
    }

    synchronized long publish(List<dev.warmpath.v1.KvEvent> events) {
      KvEventBatch.Builder batch = newBatch();
      int bytes = 0;
      for (dev.warmpath.v1.KvEvent event : events) {
        dev.warmpath.v1.KvEvent fitting = fitting(event);
        int eventBytes = fitting.getSerializedSize();
        boolean full =
            batch.getEventsCount() == WireLimits.EVENTS || bytes + eventBytes > BATCH_BYTES;
        if (full && batch.getEventsCount() > 0) {
          send(batch.build());
          batch = newBatch();
          bytes = 0;
        }
        batch.addEvents(fitting);
        bytes += eventBytes;
        lastEventId++;
      }
      if (batch.getEventsCount() > 0) {
        send(batch.build());
        active = true;
      }
      return lastEventId;
    }

    synchronized boolean heartbeat(long nowNanos) {
      if (active) {
        active = false;
        idle.restart(nowNanos);
      }
      if (closed || !idle.isDue(nowNanos)) {
        return false;
      }
      send(newBatch().build());
      return true;
    }

    private KvEventBatch.Builder newBatch() {
      return KvEventBatch.newBuilder()
          .setModel(model)
          .setWorkerId(workerId)
          .setRank(rank)
          .setIncarnation(incarnation)
          .setFirstEventId(lastEventId + 1)
          .setPublishedUnixMs(System.currentTimeMillis());
    }
  }

  /**
   * A long run goes with hashes in place of its tokens, which take a quarter of the room or less.
   */
  private static dev.warmpath.v1.KvEvent fitting(dev.warmpath.v1.KvEvent event) {
    if (event.getSerializedSize() <= BATCH_BYTES || event.getStored().getTokenIds().isEmpty()) {
      return event;
    }
    try {
      BlocksStored.Builder stored = event.getStored().toBuilder();
      long[] hashes = BlocksStoredDecoder.hash(event.getStored());
      stored.clearTokenIds().clearMultimodal().addAllLocalHashes(LongArrayList.wrap(hashes));
      return dev.warmpath.v1.KvEvent.newBuilder().setStored(stored).build();
    } catch (MalformedEventException e) {
      return event;
    }
  }
}
