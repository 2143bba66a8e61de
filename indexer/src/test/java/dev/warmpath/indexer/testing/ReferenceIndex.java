package dev.warmpath.indexer.testing;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The prefix index said literally, to check the real one against: a slot is a table from engine
 * hash to the whole path of local hashes that leads to the block, and an overlap is found by asking
 * for one prefix after the other. Slow; one thread.
 */
public final class ReferenceIndex {
  private final int parkedLimit;
  private final long parkedAgeNanos;
  private final IntFunction<RepeatedStores> repeatedStores;
  private final TreeMap<Integer, Slot> slots = new TreeMap<>();

  private long conflictingStores;
  private long unknownRemovals;
  private long fullReports;
  private long extraCopies;
  private long toldAgain;
  private long parkedOverflows;
  private long parkedExpiries;

  /**
   * @param parkedLimit blocks of one slot that may wait for a parent
   * @param parkedAgeNanos how long, nanoseconds
   */
  public ReferenceIndex(int parkedLimit, long parkedAgeNanos) {
    this(parkedLimit, parkedAgeNanos, _ -> RepeatedStores.COPIES);
  }

  /**
   * @param parkedLimit blocks of one slot that may wait for a parent
   * @param parkedAgeNanos how long, nanoseconds
   * @param repeatedStores what each slot means by a store of what it holds already
   */
  public ReferenceIndex(
      int parkedLimit, long parkedAgeNanos, IntFunction<RepeatedStores> repeatedStores) {
    this.repeatedStores = repeatedStores;
    this.parkedLimit = parkedLimit;
    this.parkedAgeNanos = parkedAgeNanos;
  }

  /** Does one step; returns false when a block was dropped since too many wait. */
  public boolean apply(Step step) {
    return switch (step) {
      case Step.Apply(int slot, KvEvent event, long nowNanos) -> apply(slot, event, nowNanos);
      case Step.Release(int slot, long _) -> {
        slots.put(slot, newSlot(slot));
        yield true;
      }
      case Step.Expire(int slot, long nowNanos) -> {
        slot(slot).expire(nowNanos);
        yield true;
      }
    };
  }

  /** Applies one event; returns false when a block was dropped since too many wait. */
  public boolean apply(int slot, KvEvent event, long nowNanos) {
    return switch (event) {
      case KvEvent.Stored stored -> slot(slot).store(stored, nowNanos);
      case KvEvent.Removed removed -> {
        slot(slot).remove(removed);
        yield true;
      }
      case KvEvent.Cleared _ -> {
        slots.put(slot, newSlot(slot));
        yield true;
      }
    };
  }

  /** Leading blocks of a prompt that a slot holds on {@code within} or a faster tier. */
  public int overlap(int slot, long[] localHashes, Tier within) {
    Set<List<Long>> held = slot(slot).heldPaths(within);
    List<Long> prefix = new ArrayList<>();
    for (long localHash : localHashes) {
      prefix.add(localHash);
      if (!held.contains(prefix)) {
        return prefix.size() - 1;
      }
    }
    return prefix.size();
  }

  /** The slots that were ever named. */
  public Set<Integer> slots() {
    return slots.keySet();
  }

  /** The paths of the blocks that a slot holds on any tier. */
  public Set<List<Long>> heldPaths(int slot) {
    return slot(slot).heldPaths(Tier.EXTERNAL);
  }

  /** All prefixes of all paths that any slot holds. */
  public Set<List<Long>> allPrefixes() {
    Set<List<Long>> prefixes = new HashSet<>();
    for (Slot slot : slots.values()) {
      for (List<Long> path : slot.heldPaths(Tier.EXTERNAL)) {
        for (int length = path.size(); length > 0; length--) {
          if (!prefixes.add(path.subList(0, length))) {
            break;
          }
        }
      }
    }
    return prefixes;
  }

  /** Blocks of a slot that wait for a parent. */
  public int parkedBlocks(int slot) {
    return slot(slot).waiting.size();
  }

  /** {@link CacheDigest} of what a slot holds. */
  public long digest(int slot) {
    CacheDigest digest = new CacheDigest();
    for (Block block : slot(slot).held.values()) {
      for (Tier tier : Tier.values()) {
        for (int copy = 0; copy < block.copiesOn(tier); copy++) {
          digest.add(sequenceHash(block.path), tier);
        }
      }
    }
    return digest.value();
  }

  /** What happened so far, by name. */
  public Map<String, Long> counters() {
    Map<String, Long> counters = new TreeMap<>();
    counters.put("conflictingStores", conflictingStores);
    counters.put("unknownRemovals", unknownRemovals);
    counters.put("fullReports", fullReports);
    counters.put("extraCopies", extraCopies);
    counters.put("toldAgain", toldAgain);
    counters.put("parkedOverflows", parkedOverflows);
    counters.put("parkedExpiries", parkedExpiries);
    return counters;
  }

  private Slot slot(int slot) {
    return slots.computeIfAbsent(slot, this::newSlot);
  }

  private Slot newSlot(int slot) {
    return new Slot(repeatedStores.apply(slot) == RepeatedStores.COPIES);
  }

  private static long sequenceHash(List<Long> path) {
    long[] hashes = path.stream().mapToLong(Long::longValue).toArray();
    BlockHasher.sequenceHashes(hashes, hashes.length, hashes);
    return hashes[hashes.length - 1];
  }

  private static List<Long> childPath(List<Long> path, long localHash) {
    List<Long> child = new ArrayList<>(path);
    child.add(localHash);
    return List.copyOf(child);
  }

  /** A block under one engine hash, with its copies. */
  private static final class Block {
    final List<Long> path;
    final Map<Tier, Integer> copies;

    Block(List<Long> path, Map<Tier, Integer> copies) {
      this.path = path;
      this.copies = copies;
    }

    int copiesOn(Tier tier) {
      return copies.getOrDefault(tier, 0);
    }
  }

  /** A block that waits for its parent. */
  private record Waiting(
      long parentHash, long localHash, long sinceNanos, Map<Tier, Integer> copies) {}

  private final class Slot {
    final boolean countsCopies;
    final Map<Long, Block> held = new HashMap<>();
    final Map<Long, Waiting> waiting = new LinkedHashMap<>();
    final Map<Tier, Set<List<Long>>> heldPaths = new HashMap<>();

    Slot(boolean countsCopies) {
      this.countsCopies = countsCopies;
    }

    boolean store(KvEvent.Stored run, long nowNanos) {
      heldPaths.clear();
      expire(nowNanos);
      if (isFullReport(run)) {
        fullReports += run.engineHashes().length;
        return true;
      }
      boolean complete = true;
      for (int i = 0; i < run.engineHashes().length; i++) {
        boolean hasParent = i > 0 || run.hasParent();
        long parentHash = i > 0 ? run.engineHashes()[i - 1] : run.parentHash();
        if (!isConsistent(run, i, hasParent, parentHash)) {
          conflictingStores += run.engineHashes().length - i;
          return complete;
        }
        complete &= storeBlock(run, i, hasParent, parentHash, nowNanos);
      }
      return complete;
    }

    private boolean isConsistent(KvEvent.Stored run, int i, boolean hasParent, long parentHash) {
      long engineHash = run.engineHashes()[i];
      long localHash = run.localHashes()[i];
      Block known = held.get(engineHash);
      Waiting parked = waiting.get(engineHash);
      if (known != null) {
        List<Long> parentPath = parentPath(hasParent, parentHash);
        return parentPath == null
            ? known.path.getLast() == localHash
            : known.path.equals(childPath(parentPath, localHash));
      }
      if (parked != null) {
        return hasParent && parked.parentHash == parentHash && parked.localHash == localHash;
      }
      return !hasParent || parentHash != engineHash;
    }

    private boolean storeBlock(
        KvEvent.Stored run, int i, boolean hasParent, long parentHash, long nowNanos) {
      long engineHash = run.engineHashes()[i];
      long localHash = run.localHashes()[i];
      Block known = held.get(engineHash);
      List<Long> parentPath = parentPath(hasParent, parentHash);
      if (known != null && !countsCopies && known.copiesOn(run.tier()) > 0) {
        toldAgain++;
      } else if (known != null) {
        addCopies(known, Map.of(run.tier(), 1));
      } else if (parentPath != null) {
        hold(engineHash, childPath(parentPath, localHash), Map.of(run.tier(), 1));
      } else {
        Waiting parked = waiting.get(engineHash);
        if (parked == null) {
          if (waiting.size() >= parkedLimit) {
            parkedOverflows++;
            return false;
          }
          parked = new Waiting(parentHash, localHash, nowNanos, new HashMap<>());
          waiting.put(engineHash, parked);
        }
        if (!countsCopies && parked.copies.containsKey(run.tier())) {
          toldAgain++;
        } else {
          parked.copies.merge(run.tier(), 1, Integer::sum);
        }
      }
      return true;
    }

    private @Nullable List<Long> parentPath(boolean hasParent, long parentHash) {
      if (!hasParent) {
        return List.of();
      }
      Block parent = held.get(parentHash);
      return parent == null ? null : parent.path;
    }

    private void hold(long engineHash, List<Long> path, Map<Tier, Integer> copies) {
      Block block = new Block(path, new HashMap<>());
      held.put(engineHash, block);
      addCopies(block, copies);
      List<Long> ready = new ArrayList<>();
      waiting.forEach((child, parked) -> {
        if (parked.parentHash == engineHash) {
          ready.add(child);
        }
      });
      for (long child : ready) {
        Waiting parked = waiting.remove(child);
        if (parked != null) {
          hold(child, childPath(path, parked.localHash), parked.copies);
        }
      }
    }

    private void addCopies(Block block, Map<Tier, Integer> copies) {
      copies.forEach((tier, count) -> {
        extraCopies += block.copiesOn(tier) > 0 ? count : count - 1;
        block.copies.merge(tier, count, Integer::sum);
      });
    }

    private boolean isFullReport(KvEvent.Stored run) {
      if (run.hasParent() || run.engineHashes().length < 2) {
        return false;
      }
      List<Long> path = List.of();
      for (int i = 0; i < run.engineHashes().length; i++) {
        path = childPath(path, run.localHashes()[i]);
        Block block = held.get(run.engineHashes()[i]);
        if (block == null || !block.path.equals(path) || block.copiesOn(run.tier()) == 0) {
          return false;
        }
      }
      return true;
    }

    void remove(KvEvent.Removed removed) {
      heldPaths.clear();
      for (long engineHash : removed.engineHashes()) {
        Block block = held.get(engineHash);
        Waiting parked = waiting.get(engineHash);
        if (block != null && block.copiesOn(removed.tier()) > 0) {
          takeCopy(block.copies, removed.tier());
          if (block.copies.isEmpty()) {
            held.remove(engineHash);
          }
        } else if (parked != null && parked.copies.containsKey(removed.tier())) {
          takeCopy(parked.copies, removed.tier());
          if (parked.copies.isEmpty()) {
            waiting.remove(engineHash);
          }
        } else {
          unknownRemovals++;
        }
      }
    }

    private void takeCopy(Map<Tier, Integer> copies, Tier tier) {
      copies.compute(tier, (_, count) -> count == null || count == 1 ? null : count - 1);
    }

    void expire(long nowNanos) {
      Iterator<Waiting> each = waiting.values().iterator();
      while (each.hasNext()) {
        if (nowNanos - each.next().sinceNanos > parkedAgeNanos) {
          each.remove();
          parkedExpiries++;
        }
      }
    }

    Set<List<Long>> heldPaths(Tier within) {
      return heldPaths.computeIfAbsent(
          within,
          _ -> {
            Set<List<Long>> paths = new HashSet<>();
            for (Block block : held.values()) {
              if (block.copies.keySet().stream().anyMatch(tier -> tier.compareTo(within) <= 0)) {
                paths.add(block.path);
              }
            }
            return paths;
          });
    }
  }
}
