package dev.warmpath.router.loads;

import dev.warmpath.indexer.ingest.NatsLink;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadChange;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replicas.BookingJournal;
import dev.warmpath.router.replicas.PeerBookings;
import dev.warmpath.router.replicas.PeerCounters;
import dev.warmpath.router.replicas.PeerLimits;
import dev.warmpath.router.replicas.PeerMessage;
import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other routers of the cluster what this one books, and books what they tell: over core
 * NATS, which loses messages; {@link PeerBookings} repairs. Open for as long as the router lives.
 */
public final class NatsReplicas implements AutoCloseable {
  /*
   * request and report threads --> outbox --> one thread: BookingJournal --> NATS
   * NATS dispatcher --> PeerBookings --> ledger
   *
   * Changes that wait go out together, so the first goes at once and a burst costs few messages.
   * What finds the outbox full is dropped; that a booking was made is then never told, and that it
   * ended is found by asking the ledger.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NatsReplicas.class);

  /** Changes that may wait to be told; further ones are dropped. */
  public static final int OUTBOX_LIMIT = 65_536;

  /** Messages of others that may wait; further ones are dropped. */
  public static final long PENDING_LIMIT = 16_384;

  private static final int MESSAGE_HASHES = 65_536;
  private static final long TICK_NANOS = Duration.ofMillis(10).toNanos();
  private static final long DIGEST_NANOS = Duration.ofMillis(500).toNanos();
  private static final long LEAST_SNAPSHOT_NANOS = Duration.ofMillis(100).toNanos();

  private final NatsLink link;
  private final LoadLedger ledger;
  private final Supplier<Fleet> fleet;
  private final LongSupplier nowNanos;
  private final BookingJournal journal;
  private final PeerBookings peers;
  private final ArrayBlockingQueue<LoadChange> outbox = new ArrayBlockingQueue<>(OUTBOX_LIMIT);
  private final LongAdder dropped = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder unsent = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final NatsLink.Hearing hearing;
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean snapshotWanted;
  private @Nullable LoadChange heldOver;
  private long droppedBefore;

  /**
   * Starts to tell and to hear.
   *
   * @param self this router's name: another one in each of its lives, never 0
   * @param fleet who serves
   * @param placements hears of each prompt that another router placed on a target whose worker
   *     publishes no KV events, with the local hashes of its blocks; must not block
   * @param nowNanos the time
   */
  public NatsReplicas(
      NatsLink link,
      long self,
      LoadLedger ledger,
      Supplier<Fleet> fleet,
      BiConsumer<Target, long[]> placements,
      LongSupplier nowNanos) {
    this.link = link;
    this.ledger = ledger;
    this.fleet = fleet;
    this.nowNanos = nowNanos;
    this.journal = new BookingJournal(self);
    this.peers = new PeerBookings(self, ledger, fleet, placements, PeerLimits.DEFAULT);
    this.hearing = link.hear(LoadSubjects.ofRouters(link), PENDING_LIMIT, this::hear);
    this.thread = Thread.ofPlatform().daemon().name("warmpath-replicas").unstarted(this::run);
    ledger.watch(this::changed);
    thread.start();
  }

  private void changed(LoadChange change) {
    if (!outbox.offer(change)) {
      dropped.increment();
    }
  }

  private void hear(byte[] payload) {
    try {
      if (peers.take(PeerMessageCodec.decode(payload), nowNanos.getAsLong())) {
        snapshotWanted = true;
      }
    } catch (MalformedLoadException e) {
      malformed.increment();
      LOG.debug("a router's message is refused", e);
    }
  }

  private void run() {
    long digestNanos = nowNanos.getAsLong();
    long tickNanos = digestNanos;
    long snapshotNanos = digestNanos - LEAST_SNAPSHOT_NANOS;
    while (!closing) {
      try {
        tellChanges(takeChanges());
        long now = nowNanos.getAsLong();
        if (snapshotWanted && now - snapshotNanos >= LEAST_SNAPSHOT_NANOS) {
          snapshotNanos = now;
          tellSnapshot();
        }
        if (now - digestNanos >= 0) {
          digestNanos = now + DIGEST_NANOS;
          tellLostEnds();
          send(journal.digest());
        }
        if (now - tickNanos >= 0) {
          tickNanos = now + TICK_NANOS;
          peers.tick(now).forEach(this::send);
        }
      } catch (InterruptedException _) {
        return;
      } catch (RuntimeException e) {
        LOG.error("telling other routers failed this time", e);
      }
    }
  }

  /** What waits, up to a message full; waits for the first change until the next tick at most. */
  private List<LoadChange> takeChanges() throws InterruptedException {
    LoadChange next = heldOver;
    heldOver = null;
    if (next == null) {
      next = outbox.poll(TICK_NANOS, TimeUnit.NANOSECONDS);
    }
    List<LoadChange> taken = new ArrayList<>();
    int hashes = 0;
    while (next != null) {
      hashes += hashes(next);
      if (taken.size() == BookingJournal.MESSAGE_CHANGES
          || (hashes > MESSAGE_HASHES && !taken.isEmpty())) {
        heldOver = next;
        return taken;
      }
      taken.add(next);
      next = outbox.poll();
    }
    return taken;
  }

  private static int hashes(LoadChange change) {
    return change instanceof LoadChange.Booked booked
        ? Math.min(booked.localHashes().length, BookingJournal.MAX_HASHES)
        : 0;
  }

  private void tellChanges(List<LoadChange> changes) {
    if (!changes.isEmpty()) {
      send(journal.tell(changes, fleet.get()));
    }
  }

  private void tellSnapshot() {
    snapshotWanted = false;
    for (Snapshot part : journal.snapshot()) {
      send(part);
    }
  }

  private void tellLostEnds() {
    long droppedNow = dropped.sum();
    if (droppedNow == droppedBefore) {
      return;
    }
    droppedBefore = droppedNow;
    Changes ends;
    do {
      ends = journal.tellLostEnds(ledger::isOpen);
      send(ends);
    } while (ends.changes().size() == BookingJournal.MESSAGE_CHANGES);
  }

  private void send(PeerMessage message) {
    if (link.send(LoadSubjects.ofRouters(link), PeerMessageCodec.encode(message))) {
      sent.increment();
    } else {
      unsent.increment();
    }
  }

  /** Other routers that are alive. */
  public int peers() {
    return peers.peers();
  }

  /** Open bookings of other routers. */
  public long peerBookings() {
    return peers.bookings();
  }

  /** What was heard of other routers. */
  public PeerCounters counters() {
    return peers.counters();
  }

  /** Messages sent. */
  public long sent() {
    return sent.sum();
  }

  /** Messages that could not be sent: NATS was away. */
  public long unsent() {
    return unsent.sum();
  }

  /** Messages of others that break the contract. */
  public long malformed() {
    return malformed.sum();
  }

  /** Changes that were dropped because too many waited to be told. */
  public long droppedChanges() {
    return dropped.sum();
  }

  /** Messages of others that were dropped because too many waited. */
  public long droppedMessages() {
    return hearing.dropped();
  }

  /** Tells and hears no more. What was heard stays in the ledger. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    hearing.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
