package dev.warmpath.router.fleet;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns what discovery finds into the {@link Fleet}: hands out slots, refuses workers that do not
 * fit, tells the listener who came and went. A refused worker waits and joins when it fits, unless
 * it is removed before. Any thread may read {@link #current}; changes exclude one another.
 */
public final class FleetRegistry {
  private final int maxTargets;
  private final FleetListener listener;
  private final Map<String, List<Target>> targetsByWorker = new LinkedHashMap<>();
  private final Map<String, Worker> waiting = new LinkedHashMap<>();
  private final Set<Target> draining = new HashSet<>();
  private final BitSet usedSlots = new BitSet();
  private final List<Consumer<Fleet>> watchers = new CopyOnWriteArrayList<>();
  private volatile Fleet current = Fleet.EMPTY;

  /**
   * @param maxTargets most targets at a time, slots that still drain included
   * @param listener hears of every change
   */
  public FleetRegistry(int maxTargets, FleetListener listener) {
    this.maxTargets = maxTargets;
    this.listener = listener;
  }

  /** Who serves now. */
  public Fleet current() {
    return current;
  }

  /** Calls {@code watcher} after each change, on the changing thread; it must not block. */
  public void watch(Consumer<Fleet> watcher) {
    watchers.add(watcher);
  }

  /** Ends {@link #watch}. */
  public void unwatch(Consumer<Fleet> watcher) {
    watchers.remove(watcher);
  }

  /**
   * A worker registered, or changed what it says of itself. Another incarnation, model or shape
   * takes new slots; anything else keeps them.
   *
   * @return why the worker was refused; null when it was not
   */
  public synchronized @Nullable String put(Worker worker) {
    long before = current.version();
    String refusal = admit(worker);
    settle(before);
    return refusal;
  }

  /** A worker is gone. Unknown ones are ignored. */
  public synchronized void remove(String workerId) {
    long before = current.version();
    waiting.remove(workerId);
    take(workerId);
    settle(before);
  }

  /**
   * Makes the fleet exactly {@code workers}.
   *
   * @return for each worker that was refused, why
   */
  public synchronized Map<String, String> replaceAll(Collection<Worker> workers) {
    long before = current.version();
    waiting.clear();
    var wanted = workers.stream().map(Worker::id).collect(Collectors.toSet());
    List.copyOf(targetsByWorker.keySet()).stream()
        .filter(id -> !wanted.contains(id))
        .forEach(this::take);
    Map<String, String> refusals = new LinkedHashMap<>();
    for (Worker worker : workers) {
      String refusal = admit(worker);
      if (refusal != null) {
        refusals.put(worker.id(), refusal);
      }
    }
    settle(before);
    return refusals;
  }

  private @Nullable String admit(Worker worker) {
    waiting.remove(worker.id());
    String refusal = place(worker);
    if (refusal != null) {
      waiting.put(worker.id(), worker);
    }
    return refusal;
  }

  private @Nullable String place(Worker worker) {
    List<Target> known = targetsByWorker.get(worker.id());
    if (known != null && known.getFirst().worker().equals(worker)) {
      return null;
    }
    if (known != null && worker.ownsTheCachesOf(known.getFirst().worker())) {
      known.replaceAll(target -> new Target(worker, target.rank(), target.slot()));
      update();
      return null;
    }
    take(worker.id());
    String refusal = refusalOf(worker);
    if (refusal == null) {
      join(worker);
    }
    return refusal;
  }

  private @Nullable String refusalOf(Worker worker) {
    ModelTargets peers = current.model(worker.model());
    if (peers != null && peers.blockSize() != worker.blockSize()) {
      return "block_size %d differs from the %d of the other workers of model '%s'"
          .formatted(worker.blockSize(), peers.blockSize(), worker.model());
    }
    if (peers != null && peers.eagle() != worker.eagle()) {
      return "eagle %b differs from the other workers of model '%s'"
          .formatted(worker.eagle(), worker.model());
    }
    if (usedSlots.cardinality() + worker.ranks() > maxTargets) {
      return "ranks %d would exceed the limit of %d targets (%d in use)"
          .formatted(worker.ranks(), maxTargets, usedSlots.cardinality());
    }
    return null;
  }

  private void join(Worker worker) {
    List<Target> targets = new ArrayList<>();
    for (int rank = 0; rank < worker.ranks(); rank++) {
      int slot = usedSlots.nextClearBit(0);
      usedSlots.set(slot);
      Target target = new Target(worker, rank, slot);
      targets.add(target);
      listener.joined(target);
    }
    targetsByWorker.put(worker.id(), targets);
    update();
  }

  private void take(String workerId) {
    List<Target> targets = targetsByWorker.remove(workerId);
    if (targets != null) {
      draining.addAll(targets);
      update();
      targets.forEach(target -> listener.left(target, () -> free(target)));
    }
  }

  private synchronized void free(Target target) {
    if (draining.remove(target)) {
      usedSlots.clear(target.slot());
      settle(current.version());
    }
  }

  private void update() {
    List<Target> all = targetsByWorker.values().stream().flatMap(List::stream).toList();
    current = new Fleet(current.version() + 1, all);
  }

  /** Lets in who fits by now, then tells the watchers. */
  private void settle(long versionBefore) {
    for (Worker worker : List.copyOf(waiting.values())) {
      admit(worker);
    }
    if (current.version() != versionBefore) {
      watchers.forEach(watcher -> watcher.accept(current));
    }
  }
}
