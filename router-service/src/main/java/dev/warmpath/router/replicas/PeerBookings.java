package dev.warmpath.router.replicas;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.PeerShares;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import dev.warmpath.router.replicas.PeerMessage.Question;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bookings of all other routers of a fleet, in this router's ledger. Delivery may lose, repeat
 * and reorder: what is missing is noticed by numbers and digests and repaired by a snapshot. A
 * router that falls silent takes its bookings along. Any thread; never blocks for long.
 */
public final class PeerBookings {
  private final long self;
  private final LoadLedger ledger;
  private final Supplier<Fleet> fleet;
  private final BiConsumer<Target, long[]> placements;
  private final PeerLimits limits;
  private final PeerCounters counters = new PeerCounters();

  // Guarded by this.
  private final TreeMap<Long, Peer> peers = new TreeMap<>();
  private boolean peersChanged;
  private long sharedFleetVersion = -1;

  /**
   * @param self this router's name
   * @param ledger takes the bookings
   * @param fleet who serves
   * @param placements hears of each prompt that another router placed on a target whose worker
   *     publishes no KV events, with the local hashes of its blocks, at least one; must not block
   */
  public PeerBookings(
      long self,
      LoadLedger ledger,
      Supplier<Fleet> fleet,
      BiConsumer<Target, long[]> placements,
      PeerLimits limits) {
    this.self = self;
    this.ledger = ledger;
    this.fleet = fleet;
    this.placements = placements;
    this.limits = limits;
  }

  /** What was heard so far. */
  public PeerCounters counters() {
    return counters;
  }

  /** Other routers that are alive. */
  public synchronized int peers() {
    return peers.size();
  }

  /** Open bookings of other routers. */
  public synchronized long bookings() {
    return peers.values().stream().mapToLong(peer -> peer.mirror().size()).sum();
  }

  /**
   * Takes in what a router says; this router's own messages are ignored.
   *
   * @return whether it is a question about this router: its snapshot is to be sent
   */
  public synchronized boolean take(PeerMessage message, long nowNanos) {
    if (message.from() == self) {
      return false;
    }
    Peer peer = peers.get(message.from());
    if (peer == null) {
      if (peers.size() >= limits.maxPeers()) {
        counters.ignored.increment();
        return false;
      }
      peer =
          new Peer(
              limits, counters, new Mirror(ledger, this::slot, this::opened, counters), nowNanos);
      peers.put(message.from(), peer);
      peersChanged = true;
    }
    peer.heard(nowNanos);
    switch (message) {
      case Changes changes -> {
        peer.take(changes, nowNanos);
        heardOf(message.from());
      }
      case Digest digest -> {
        peer.take(digest, nowNanos);
        heardOf(message.from());
      }
      case Snapshot part -> peer.take(part, nowNanos);
      case Question question -> {
        return question.about() == self;
      }
    }
    return false;
  }

  private void heardOf(long router) {
    if (!peersChanged) {
      ledger.heardOf(numberOf(router));
    }
  }

  private int numberOf(long router) {
    return peers.headMap(router).size() + (self < router ? 1 : 0);
  }

  /**
   * Does what is due: ends the bookings of dead routers, places what found no target, deals the
   * targets to the routers anew. To be called every few milliseconds.
   *
   * @return what is to be asked
   */
  public synchronized List<Question> tick(long nowNanos) {
    dropSilent(nowNanos);
    List<Question> questions = new ArrayList<>();
    for (Map.Entry<Long, Peer> entry : peers.entrySet()) {
      entry.getValue().mirror().placeRest(nowNanos);
      if (entry.getValue().isQuestionDue(nowNanos)) {
        questions.add(new Question(self, entry.getKey()));
      }
    }
    share();
    return questions;
  }

  private void dropSilent(long nowNanos) {
    for (Iterator<Peer> all = peers.values().iterator(); all.hasNext(); ) {
      Peer peer = all.next();
      if (peer.isSilent(nowNanos)) {
        peer.mirror().closeAll(nowNanos);
        all.remove();
        counters.deaths.increment();
        peersChanged = true;
      }
    }
  }

  private void share() {
    Fleet serving = fleet.get();
    if (peersChanged || (serving.version() != sharedFleetVersion && !peers.isEmpty())) {
      peersChanged = false;
      sharedFleetVersion = serving.version();
      ledger.sharesWith(
          PeerShares.of(serving, peers.size() + 1, numberOf(self), PeerShares.FLIGHT_NANOS));
    }
  }

  private void opened(OpenBooking booking) {
    Target target = target(booking.prefillTarget());
    long[] localHashes = booking.localHashes();
    if (target != null && !target.worker().publishesEvents() && localHashes.length > 0) {
      placements.accept(target, localHashes);
    }
  }

  private int slot(TargetLife life) {
    Target target = target(life);
    return target == null ? -1 : target.slot();
  }

  private @Nullable Target target(TargetLife life) {
    Target target = fleet.get().target(life.id());
    return target == null || target.worker().incarnation() != life.incarnation() ? null : target;
  }
}
