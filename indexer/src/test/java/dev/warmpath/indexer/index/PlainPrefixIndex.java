package dev.warmpath.indexer.index;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which target holds which leading blocks of a prompt. One writer thread applies events; any number
 * of threads {@link #match} at the same time and never wait.
 *
 * <p>A target is named by its slot, a dense small number that the caller hands out. The overlap of
 * a prompt on a slot is exact: the longest run of blocks from block 0 that the slot holds, whatever
 * the order in which they were stored and removed. A block that leaves the middle of a prefix cuts
 * exactly there, and its return joins the prefix again.
 */
public final class PlainPrefixIndex {
  /*
   * Content-addressed trie. A node is one block behind one prefix; its edge is the local hash. It
   * knows which slots hold the block, as bitsets, and nothing else: a slot's overlap is found by
   * walking down and intersecting. So holes need no bookkeeping, and targets never influence one
   * another.
   *
   *   Node        children (by local hash), holders: immutable bitsets, replaced as a whole
   *   PlainSlotBlocks  engine hash -> node and copies, one table a slot; the writer's own
   *
   * Readers see children and holders through references that are published after what they name
   * is complete. A match that races with a write sees each block before
   * or after it, never half of it.
   *
   * A node is unlinked when nobody holds it and it has no children; a reader that stands on it
   * finishes its walk on the unlinked part, as if it had run a little earlier.
   */
  private final Node root = new Node(null, 0L, 0L);
  private final IndexLimits limits;
  private final IndexCounters counters = new IndexCounters();
  private volatile @Nullable PlainSlotBlocks[] slots = new PlainSlotBlocks[0];

  /** An empty index. */
  public PlainPrefixIndex(IndexLimits limits) {
    this.limits = limits;
  }

  /** Counters of this index; any thread. */
  public IndexCounters counters() {
    return counters;
  }

  /**
   * Finds each slot's overlap with a prompt. Any thread; never blocks.
   *
   * @param localHashes the prompt's local hashes
   * @param count how many of them
   * @param overlaps receives the result
   */
  public void match(long[] localHashes, int count, PlainOverlaps overlaps) {
    overlaps.start(slots.length);
    int matched = 0;
    Node node = root.childOf(localHashes, matched, count);
    while (node != null && overlaps.next(node.holders(), matched)) {
      matched++;
      node = node.childOf(localHashes, matched, count);
    }
    overlaps.end(matched);
  }

  /**
   * Applies one event of one target. The writer thread only.
   *
   * @param nowNanos the time, for the age of blocks that wait for their parent
   * @return false when blocks were dropped because too many wait for a parent: the index has less
   *     than the target until a resync
   */
  public boolean apply(int slot, KvEvent event, long nowNanos) {
    PlainSlotBlocks blocks = slotBlocks(slot);
    return switch (event) {
      case KvEvent.Stored stored -> blocks.store(stored, nowNanos);
      case KvEvent.Removed removed -> {
        blocks.remove(removed);
        yield true;
      }
      case KvEvent.Cleared _ -> {
        blocks.clear();
        yield true;
      }
    };
  }

  /** Drops blocks that have waited too long for their parent. The writer thread only. */
  public void expireParked(int slot, long nowNanos) {
    slotBlocks(slot).expireParked(nowNanos);
  }

  /** Forgets a slot: it holds nothing and may name another target. The writer thread only. */
  public void release(int slot) {
    PlainSlotBlocks blocks = slot < slots.length ? slots[slot] : null;
    if (blocks != null) {
      blocks.clear();
      PlainSlotBlocks[] without = slots.clone();
      without[slot] = null;
      slots = without;
    }
  }

  /** Distinct blocks that a slot holds, on any tier. Any thread. */
  public long heldBlocks(int slot) {
    PlainSlotBlocks blocks = published(slot);
    return blocks == null ? 0 : blocks.heldBlocks();
  }

  /** Blocks of a slot that wait for their parent. Any thread. */
  public long parkedBlocks(int slot) {
    PlainSlotBlocks blocks = published(slot);
    return blocks == null ? 0 : blocks.parkedBlocks();
  }

  /**
   * {@link dev.warmpath.indexer.event.CacheDigest} of what a slot holds. The writer thread only.
   */
  public long digest(int slot) {
    PlainSlotBlocks blocks = published(slot);
    return blocks == null ? 0 : blocks.digest();
  }

  /**
   * What a slot holds, as events that make an empty slot hold the same: stored runs, parents before
   * children, further copies of a block as runs of their own. A block that is missing in the middle
   * of a prefix is stored under a made-up engine hash and removed by the last events. Parked blocks
   * are not part of it. The writer thread only.
   */
  public List<KvEvent> content(int slot) {
    PlainSlotBlocks blocks = published(slot);
    return blocks == null ? List.of() : blocks.content();
  }

  private @Nullable PlainSlotBlocks published(int slot) {
    @Nullable PlainSlotBlocks[] all = slots;
    return slot < all.length ? all[slot] : null;
  }

  private PlainSlotBlocks slotBlocks(int slot) {
    PlainSlotBlocks found = published(slot);
    if (found != null) {
      return found;
    }
    @Nullable PlainSlotBlocks[] grown = Arrays.copyOf(slots, Math.max(slots.length, slot + 1));
    PlainSlotBlocks fresh = new PlainSlotBlocks(slot, root, limits, counters);
    grown[slot] = fresh;
    slots = grown;
    return fresh;
  }

  /** Nodes below the root. The writer thread only. */
  int nodeCount() {
    int nodes = -1;
    ArrayDeque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      nodes++;
      open.addAll(open.pop().children());
    }
    return nodes;
  }

  /** One block behind one prefix. Only the writer changes it. */
  static final class Node {
    private static final VarHandle HOLDERS = handle("holders", PlainHolders.class);
    private static final VarHandle ONLY_CHILD = handle("onlyChild", Node.class);
    private static final VarHandle CHILDREN = handle("children", ConcurrentHashMap.class);

    final @Nullable Node parent;
    final long localHash;
    final long sequenceHash;

    /*
     * Written with release, read with acquire. Most nodes have one child for all their life: it
     * stands in onlyChild. From the second child on, all stand in the map, which is complete before
     * onlyChild is emptied: who reads onlyChild first misses no child that stays.
     */
    private PlainHolders holders = PlainHolders.NONE;
    private @Nullable Node onlyChild;
    private @Nullable ConcurrentHashMap<Long, Node> children;

    private Node(@Nullable Node parent, long localHash, long sequenceHash) {
      this.parent = parent;
      this.localHash = localHash;
      this.sequenceHash = sequenceHash;
    }

    private static VarHandle handle(String field, Class<?> type) {
      try {
        return MethodHandles.lookup().findVarHandle(Node.class, field, type);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    /** Who holds the block. Any thread. */
    PlainHolders holders() {
      return (PlainHolders) HOLDERS.getAcquire(this);
    }

    /** Replaces who holds the block. */
    void setHolders(PlainHolders changed) {
      HOLDERS.setRelease(this, changed);
    }

    /** The child for block {@code i} of a prompt of {@code count} blocks. Any thread. */
    private @Nullable Node childOf(long[] localHashes, int i, int count) {
      return i == count ? null : child(localHashes[i]);
    }

    private @Nullable Node child(long localHash) {
      Node only = (Node) ONLY_CHILD.getAcquire(this);
      if (only != null && only.localHash == localHash) {
        return only;
      }
      @SuppressWarnings("unchecked") // the field's own type
      var map = (ConcurrentHashMap<Long, Node>) CHILDREN.getAcquire(this);
      return map == null ? null : map.get(localHash);
    }

    Node childOrNew(long localHash) {
      Node child = child(localHash);
      if (child == null) {
        long sequence =
            parent == null ? localHash : BlockHasher.sequenceHash(sequenceHash, localHash);
        child = new Node(this, localHash, sequence);
        link(child);
      }
      return child;
    }

    private void link(Node child) {
      Node only = onlyChild;
      ConcurrentHashMap<Long, Node> map = children;
      if (map != null) {
        map.put(child.localHash, child);
      } else if (only == null) {
        ONLY_CHILD.setRelease(this, child);
      } else {
        map = new ConcurrentHashMap<>(4);
        map.put(only.localHash, only);
        map.put(child.localHash, child);
        CHILDREN.setRelease(this, map);
        ONLY_CHILD.setRelease(this, null);
      }
    }

    private void unlink(Node child) {
      ConcurrentHashMap<Long, Node> map = children;
      if (map == null) {
        ONLY_CHILD.setRelease(this, null);
        return;
      }
      map.remove(child.localHash);
      if (map.isEmpty()) {
        CHILDREN.setRelease(this, null);
      }
    }

    /** Unlinks this node and its ancestors as far as nobody holds them and nothing hangs there. */
    void pruneUpwards() {
      Node node = this;
      Node above = node.parent;
      while (above != null && node.holders == PlainHolders.NONE && !node.hasChildren()) {
        above.unlink(node);
        node = above;
        above = node.parent;
      }
    }

    private boolean hasChildren() {
      return onlyChild != null || children != null;
    }

    private Collection<Node> children() {
      if (onlyChild != null) {
        return List.of(onlyChild);
      }
      return children == null ? List.of() : children.values();
    }

    /** For maps by identity: equality is identity, and this hash costs no call into the VM. */
    @Override
    public int hashCode() {
      return Long.hashCode(sequenceHash);
    }
  }
}
