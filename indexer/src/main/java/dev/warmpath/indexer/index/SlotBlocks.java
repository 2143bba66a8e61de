package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.PrefixIndex.Node;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one slot holds, by engine hash: the reverse side of the trie. The writer thread only, but
 * for the two figures that any thread may read.
 */
final class SlotBlocks {
  /*
   * An engine hash names one node; engines may keep several copies under one hash, and (rarely) two
   * hashes for one node. The slot is among the node's holders on a tier while any copy under any
   * name is left there, so copies are counted twice: per name, to know what a removal takes away,
   * and per node, to know when the slot's bit falls.
   */
  private final int slot;
  private final Node root;
  private final IndexCounters counters;
  private final Long2ObjectOpenHashMap<Held> byEngineHash = new Long2ObjectOpenHashMap<>();
  private final Map<Node, Copies> byNode = new HashMap<>();
  private final ParkedBlocks parked;
  private final CacheDigest digest = new CacheDigest();
  private volatile int heldBlocks;
  private volatile int parkedBlocks;

  SlotBlocks(int slot, Node root, IndexLimits limits, IndexCounters counters) {
    this.slot = slot;
    this.root = root;
    this.counters = counters;
    this.parked = new ParkedBlocks(limits, counters);
  }

  int heldBlocks() {
    return heldBlocks;
  }

  int parkedBlocks() {
    return parkedBlocks;
  }

  long digest() {
    return digest.value();
  }

  /** Returns false when blocks were dropped because too many are parked. */
  boolean store(KvEvent.Stored run, long nowNanos) {
    if (isFullReport(run)) {
      counters.fullReports.add(run.engineHashes().length);
      return true;
    }
    boolean complete = storeRun(run, nowNanos);
    publishFigures();
    return complete;
  }

  private boolean storeRun(KvEvent.Stored run, long nowNanos) {
    Node parent = run.hasParent() ? nodeOf(run.parentHash()) : root;
    long parentHash = run.parentHash();
    for (int i = 0; i < run.engineHashes().length; i++) {
      long engineHash = run.engineHashes()[i];
      long localHash = run.localHashes()[i];
      Held held = byEngineHash.get(engineHash);
      if (held != null) {
        if (!held.isAt(parent, localHash)) {
          counters.conflictingStores.add(run.engineHashes().length - i);
          return true;
        }
        addCopy(held, run.tier());
        parent = held.node;
      } else if (parent != null) {
        parent = adopt(engineHash, parent.childOrNew(localHash), Copies.one(run.tier()));
      } else if (!parked.park(engineHash, parentHash, localHash, run.tier(), nowNanos)) {
        return false;
      }
      parentHash = engineHash;
    }
    return true;
  }

  /**
   * Whether an engine merely reports a prefix that it served from its cache: it starts at token 0,
   * is longer than a block and is held already. A real second copy of a prefix never comes so,
   * since engines register blocks before they compute them and only the last block of a prompt is
   * ever computed again.
   */
  private boolean isFullReport(KvEvent.Stored run) {
    if (run.hasParent() || run.engineHashes().length < 2) {
      return false;
    }
    Node parent = root;
    for (int i = 0; i < run.engineHashes().length; i++) {
      Held held = byEngineHash.get(run.engineHashes()[i]);
      if (held == null
          || !held.isAt(parent, run.localHashes()[i])
          || held.copies.on(run.tier()) == 0) {
        return false;
      }
      parent = held.node;
    }
    return true;
  }

  void remove(KvEvent.Removed removed) {
    for (long engineHash : removed.engineHashes()) {
      Held held = byEngineHash.get(engineHash);
      if (held != null && held.copies.on(removed.tier()) > 0) {
        removeCopy(engineHash, held, removed.tier());
      } else if (!parked.remove(engineHash, removed.tier())) {
        counters.unknownRemovals.increment();
      }
    }
    publishFigures();
  }

  void clear() {
    byNode
        .keySet()
        .forEach(node -> {
          node.holders = node.holders.with(slot, Tier.COUNT);
          node.pruneUpwards();
        });
    byNode.clear();
    byEngineHash.clear();
    parked.clear();
    digest.clear();
    publishFigures();
  }

  void expireParked(long nowNanos) {
    parked.expire(nowNanos);
    publishFigures();
  }

  List<KvEvent> content() {
    List<KvEvent> content = new ArrayList<>();
    Long2ObjectOpenHashMap<List<Held>> childrenByParentHash = new Long2ObjectOpenHashMap<>();
    Map<Node, Held> nameOf = new HashMap<>();
    byEngineHash.values().forEach(held -> nameOf.put(held.node, held));
    ArrayDeque<Held> ready = new ArrayDeque<>();
    for (Held held : byEngineHash.values()) {
      Held parent = nameOf.get(held.node.parent);
      if (parent == null) {
        ready.add(held);
      } else {
        childrenByParentHash.computeIfAbsent(parent.engineHash, _ -> new ArrayList<>()).add(held);
      }
    }
    while (!ready.isEmpty()) {
      Held held = ready.poll();
      held.appendTo(content, root, nameOf.get(held.node.parent));
      if (nameOf.get(held.node) == held) {
        ready.addAll(childrenByParentHash.getOrDefault(held.engineHash, List.of()));
      }
    }
    return content;
  }

  private @Nullable Node nodeOf(long engineHash) {
    Held held = byEngineHash.get(engineHash);
    return held == null ? null : held.node;
  }

  /** Gives a node its name on this slot, and takes in the parked blocks that waited for it. */
  private Node adopt(long engineHash, Node node, Copies copies) {
    ArrayDeque<Held> fresh = new ArrayDeque<>();
    fresh.add(hold(engineHash, node, copies));
    while (!fresh.isEmpty()) {
      Held parent = fresh.poll();
      for (ParkedBlocks.Block child : parked.takeChildrenOf(parent.engineHash)) {
        if (byEngineHash.containsKey(child.engineHash)) {
          counters.conflictingStores.increment();
          continue;
        }
        Node childNode = parent.node.childOrNew(child.localHash);
        fresh.add(hold(child.engineHash, childNode, child.copies));
      }
    }
    return node;
  }

  private Held hold(long engineHash, Node node, Copies copies) {
    Held held = new Held(engineHash, node);
    byEngineHash.put(engineHash, held);
    for (Tier tier : Tier.values()) {
      for (int copy = copies.on(tier); copy > 0; copy--) {
        addCopy(held, tier);
      }
    }
    return held;
  }

  private void addCopy(Held held, Tier tier) {
    if (held.copies.on(tier) > 0) {
      counters.extraCopies.increment();
    }
    counters.storedBlocks.increment();
    held.copies.add(tier, 1);
    Copies onNode = copiesOn(held.node);
    onNode.add(tier, 1);
    digest.add(held.node.sequenceHash, tier);
    held.node.holders = held.node.holders.with(slot, onNode.fastestTier());
  }

  private void removeCopy(long engineHash, Held held, Tier tier) {
    counters.removedBlocks.increment();
    held.copies.add(tier, -1);
    if (held.copies.isEmpty()) {
      byEngineHash.remove(engineHash);
    }
    Copies onNode = copiesOn(held.node);
    onNode.add(tier, -1);
    digest.remove(held.node.sequenceHash, tier);
    held.node.holders = held.node.holders.with(slot, onNode.fastestTier());
    if (onNode.isEmpty()) {
      byNode.remove(held.node);
      held.node.pruneUpwards();
    }
  }

  private Copies copiesOn(Node node) {
    return byNode.computeIfAbsent(node, _ -> new Copies());
  }

  private void publishFigures() {
    heldBlocks = byNode.size();
    parkedBlocks = parked.size();
  }

  /** A block under one engine hash. */
  private static final class Held {
    final long engineHash;
    final Node node;
    final Copies copies = new Copies();

    Held(long engineHash, Node node) {
      this.engineHash = engineHash;
      this.node = node;
    }

    /** Whether this is the block with {@code localHash} behind {@code parent}, if that is known. */
    boolean isAt(@Nullable Node parent, long localHash) {
      return node.localHash == localHash && (parent == null || node.parent == parent);
    }

    void appendTo(List<KvEvent> content, Node root, @Nullable Held parent) {
      for (Tier tier : Tier.values()) {
        for (int copy = copies.on(tier); copy > 0; copy--) {
          content.add(asRun(root, parent, tier));
        }
      }
    }

    private KvEvent.Stored asRun(Node root, @Nullable Held parent, Tier tier) {
      long[] engine = {engineHash};
      long[] local = {node.localHash};
      if (node.parent == root) {
        return KvEvent.Stored.root(engine, local, tier);
      }
      return KvEvent.Stored.after(parent == null ? 0L : parent.engineHash, engine, local, tier);
    }
  }
}
