package dev.warmpath.router.replicas;

import static java.util.Objects.requireNonNull;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadChange;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Workers;
import dev.warmpath.router.replicas.PeerMessage.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One router without its decisions, on a clock and a network that the test moves. */
final class SimulatedReplica {
  static final int MAX_TARGETS = 16;
  static final long EXPIRY = 1_000_000;

  final LoadLedger ledger;
  final FleetRegistry registry;
  final BookingJournal journal;
  final PeerBookings peers;
  final List<Long> open = new ArrayList<>();
  private final List<LoadChange> changes = new ArrayList<>();
  private final Consumer<PeerMessage> network;
  private long nowNanos;
  private boolean snapshotWanted;

  SimulatedReplica(long name, PeerLimits limits, Consumer<PeerMessage> network) {
    this.network = network;
    this.ledger = new LoadLedger(new LedgerLimits(MAX_TARGETS, 100_000, EXPIRY), name * 1_000_000);
    this.registry = new FleetRegistry(MAX_TARGETS, new Releasing());
    this.journal = new BookingJournal(name);
    this.peers = new PeerBookings(name, ledger, registry::current, (_, _) -> {}, limits);
    ledger.watch(changes::add);
  }

  void hear(PeerMessage message, long now) {
    nowNanos = now;
    snapshotWanted |= peers.take(message, now);
  }

  /** Says what has changed since the last time, answers and asks. */
  void speak(long now, boolean digest) {
    nowNanos = now;
    if (!changes.isEmpty()) {
      network.accept(journal.tell(List.copyOf(changes), registry.current()));
      changes.clear();
    }
    if (snapshotWanted) {
      snapshotWanted = false;
      journal.snapshot().forEach(network);
    }
    if (digest) {
      network.accept(journal.digest());
    }
    List<Question> questions = peers.tick(now);
    questions.forEach(network);
  }

  long book(Load load, long[] hashes, long now) {
    long id = ledger.book(load, hashes, hashes.length, now);
    open.add(id);
    return id;
  }

  /** The worker begins another life, unless a later one has begun. */
  void restart(String workerId, long life) {
    if (target(workerId).worker().incarnation() < life) {
      registry.put(Workers.life(workerId, life));
    }
  }

  int slot(String workerId) {
    return target(workerId).slot();
  }

  private Target target(String workerId) {
    return requireNonNull(registry.current().target(new TargetId(workerId, 0)));
  }

  /** Blocks, blocks to grow and requests of a target. */
  List<Long> load(String workerId) {
    int slot = slot(workerId);
    return List.of(
        ledger.bookedBlocks(slot), ledger.growthBlocks(slot), ledger.bookedRequests(slot));
  }

  private final class Releasing implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      ledger.releaseSlot(target.slot(), nowNanos);
      released.run();
    }
  }
}
