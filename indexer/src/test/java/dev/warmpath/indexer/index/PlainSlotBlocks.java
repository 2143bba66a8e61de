package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.PlainPrefixIndex.Node;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one slot holds, by engine hash: the reverse side of the trie. The writer thread only, but
 * for the two figures that any thread may read.
 */
final class PlainSlotBlocks {
  /*
   * An engine hash names one node; engines may keep several copies under one hash, and (rarely) two
   * hashes for one node. Copies are counted per name, since a removal takes one of a name's; the
   * slot is among the node's holders on a tier while any copy under any of its names is left there,
   * so the names of a node are linked, the first of them in byNode. An engine hash is held, or waits for one
   * parent, or neither; never both.
   */
  private static final List<Tier> TIERS = List.of(Tier.values());

  private final int slot;

  /** The holders of a block that this slot alone holds, on its device: most blocks' holders. */
  private final PlainHolders alone;

  private final Node root;
  private final IndexCounters counters;
  private final Long2ObjectOpenHashMap<Held> byEngineHash = new Long2ObjectOpenHashMap<>();
  private final Map<Node, Held> byNode = new HashMap<>();
  private final ParkedBlocks parked;
  private final CacheDigest digest = new CacheDigest();
  private volatile int heldBlocks;
  private volatile int parkedBlocks;

  PlainSlotBlocks(int slot, Node root, IndexLimits limits, IndexCounters counters) {
    this.slot = slot;
    this.alone = PlainHolders.NONE.with(slot, 0);
    this.root = root;
    this.counters = counters;
    this.parked = new ParkedBlocks(limits, RepeatedStores.COPIES, counters);
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
    parked.expire(nowNanos);
    boolean complete = true;
    if (isFullReport(run)) {
      counters.fullReports.add(run.engineHashes().length);
    } else {
      complete = storeRun(run, nowNanos);
    }
    publishFigures();
    return complete;
  }

  private boolean storeRun(KvEvent.Stored run, long nowNanos) {
    boolean complete = true;
    Node parent = run.hasParent() ? nodeOf(run.parentHash()) : root;
    long parentHash = run.parentHash();
    for (int i = 0; i < run.engineHashes().length; i++) {
      long engineHash = run.engineHashes()[i];
      long localHash = run.localHashes()[i];
      Held held = byEngineHash.get(engineHash);
      if (!fits(engineHash, held, parent, parentHash, localHash)) {
        counters.conflictingStores.add(run.engineHashes().length - i);
        return complete;
      }
      if (held != null) {
        addCopy(held, run.tier());
        parent = held.node;
      } else if (parent != null) {
        parent = adopt(engineHash, parent.childOrNew(localHash), Copies.one(run.tier()));
      } else {
        complete &= parked.park(engineHash, parentHash, localHash, run.tier(), nowNanos);
      }
      parentHash = engineHash;
    }
    return complete;
  }

  /** Whether an engine hash may name the block there: it names no other block already. */
  private boolean fits(
      long engineHash,
      @Nullable Held held,
      @Nullable Node parent,
      long parentHash,
      long localHash) {
    if (held != null) {
      return held.isAt(parent, localHash);
    }
    return parent == null
        ? parked.mayWait(engineHash, parentHash, localHash)
        : !parked.contains(engineHash);
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
        removeCopy(held, removed.tier());
      } else if (!parked.remove(engineHash, removed.tier())) {
        counters.unknownRemovals.increment();
      }
    }
    publishFigures();
  }

  void clear() {
    for (Node node : byNode.keySet()) {
      publishHolding(node, Tier.COUNT);
      node.pruneUpwards();
    }
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
    return new PlainSlotContent(byEngineHash, root).events();
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
        Node childNode = parent.node.childOrNew(child.localHash);
        fresh.add(hold(child.engineHash, childNode, child.copies));
      }
    }
    return node;
  }

  private Held hold(long engineHash, Node node, Copies copies) {
    Held held = new Held(engineHash, node);
    byEngineHash.put(engineHash, held);
    Held otherName = byNode.putIfAbsent(node, held);
    if (otherName != null) {
      held.nextName = otherName.nextName;
      otherName.nextName = held;
    }
    for (Tier tier : TIERS) {
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
    digest.add(held.node.sequenceHash, tier);
    int fastestTier = held.node.holders().fastestTier(slot);
    publishHolding(held.node, Math.min(fastestTier, tier.index()));
  }

  private void removeCopy(Held held, Tier tier) {
    counters.removedBlocks.increment();
    held.copies.add(tier, -1);
    digest.remove(held.node.sequenceHash, tier);
    Held firstName =
        held.copies.isEmpty() ? forgetName(held) : byNode.getOrDefault(held.node, held);
    publishHolding(held.node, fastestTierUnder(firstName));
    if (firstName == null) {
      held.node.pruneUpwards();
    }
  }

  /** Forgets one name of a node; returns the first of the others, null when there is none. */
  private @Nullable Held forgetName(Held held) {
    byEngineHash.remove(held.engineHash);
    Held first = byNode.remove(held.node);
    if (first == held || first == null) {
      first = held.nextName;
    } else {
      Held before = first;
      while (before.nextName != null && before.nextName != held) {
        before = before.nextName;
      }
      before.nextName = held.nextName;
    }
    if (first != null) {
      byNode.put(held.node, first);
    }
    return first;
  }

  private static int fastestTierUnder(@Nullable Held firstName) {
    int fastest = Tier.COUNT;
    for (Held name = firstName; name != null; name = name.nextName) {
      fastest = Math.min(fastest, name.copies.fastestTier());
    }
    return fastest;
  }

  private void publishHolding(Node node, int fastestTier) {
    PlainHolders before = node.holders();
    PlainHolders after;
    if (before == PlainHolders.NONE && fastestTier == 0) {
      after = alone;
    } else if (before == alone && fastestTier == Tier.COUNT) {
      after = PlainHolders.NONE;
    } else {
      after = before.with(slot, fastestTier);
    }
    if (after != before) {
      node.setHolders(after);
    }
  }

  private void publishFigures() {
    heldBlocks = byNode.size();
    parkedBlocks = parked.size();
  }

  /** A block under one engine hash. */
  static final class Held {
    final long engineHash;
    final Node node;
    final Copies copies = new Copies();

    /** Another engine hash of the same block. */
    private @Nullable Held nextName;

    private Held(long engineHash, Node node) {
      this.engineHash = engineHash;
      this.node = node;
    }

    /** Whether this is the block with {@code localHash} behind {@code parent}, if that is known. */
    private boolean isAt(@Nullable Node parent, long localHash) {
      return node.localHash == localHash && (parent == null || node.parent == parent);
    }
  }
}
