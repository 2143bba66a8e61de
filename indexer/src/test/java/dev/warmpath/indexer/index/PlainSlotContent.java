package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.PlainPrefixIndex.Node;
import dev.warmpath.indexer.index.PlainSlotBlocks.Held;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes down what one slot holds, as the events that build it. Used once, by the writer thread.
 */
final class PlainSlotContent {
  /** Blocks in one event at most. */
  private static final int RUN_LIMIT = 4096;

  private final Long2ObjectOpenHashMap<Held> byEngineHash;
  private final Node root;

  /** The engine hash that names a node to its children: of its first holder, or made up. */
  private final Map<Node, Long> nameOf = new HashMap<>();

  private final Set<Node> linked = new HashSet<>();
  private final Map<Node, List<Node>> childrenOf = new HashMap<>();
  private final LongOpenHashSet madeUpNames = new LongOpenHashSet();
  private final EnumMap<Tier, LongArrayList> madeUp = new EnumMap<>(Tier.class);
  private final List<KvEvent> events = new ArrayList<>();

  PlainSlotContent(Long2ObjectOpenHashMap<Held> byEngineHash, Node root) {
    this.byEngineHash = byEngineHash;
    this.root = root;
  }

  List<KvEvent> events() {
    byEngineHash.values().forEach(held -> nameOf.putIfAbsent(held.node, held.engineHash));
    byEngineHash.values().forEach(held -> linkToRoot(held.node));
    ArrayDeque<Node> starts = new ArrayDeque<>(children(root));
    while (!starts.isEmpty()) {
      starts.addAll(children(writeRun(starts.poll())));
    }
    byEngineHash.values().forEach(this::writeFurtherCopies);
    madeUp.forEach((tier, names) -> events.add(new KvEvent.Removed(names.toLongArray(), tier)));
    return events;
  }

  private void linkToRoot(Node node) {
    Node child = node;
    Node parent = child.parent;
    while (parent != null && linked.add(child)) {
      childrenOf.computeIfAbsent(parent, _ -> new ArrayList<>(1)).add(child);
      child = parent;
      parent = child.parent;
    }
  }

  private List<Node> children(Node node) {
    return childrenOf.getOrDefault(node, List.of());
  }

  /** Writes the run that starts with a node, as far as it neither forks nor changes its tier. */
  private Node writeRun(Node first) {
    Tier tier = firstTier(first);
    LongArrayList engineHashes = new LongArrayList();
    LongArrayList localHashes = new LongArrayList();
    Node last = first;
    addToRun(first, tier, engineHashes, localHashes);
    while (children(last).size() == 1
        && firstTier(children(last).getFirst()) == tier
        && engineHashes.size() < RUN_LIMIT) {
      last = children(last).getFirst();
      addToRun(last, tier, engineHashes, localHashes);
    }
    write(first, engineHashes.toLongArray(), localHashes.toLongArray(), tier);
    return last;
  }

  private void addToRun(
      Node node, Tier tier, LongArrayList engineHashes, LongArrayList localHashes) {
    if (!nameOf.containsKey(node)) {
      long name = freeName(node);
      nameOf.put(node, name);
      madeUp.computeIfAbsent(tier, _ -> new LongArrayList()).add(name);
    }
    engineHashes.add(name(node));
    localHashes.add(node.localHash);
  }

  private long freeName(Node node) {
    long name = node.sequenceHash;
    while (byEngineHash.containsKey(name) || !madeUpNames.add(name)) {
      name++;
    }
    return name;
  }

  private long name(Node node) {
    return nameOf.getOrDefault(node, 0L);
  }

  private Tier firstTier(Node node) {
    Held held = byEngineHash.get(name(node));
    return held == null || held.node != node ? Tier.DEVICE : held.copies.first();
  }

  private void writeFurtherCopies(Held held) {
    boolean isInRun = name(held.node) == held.engineHash;
    for (Tier tier : Tier.values()) {
      int written = isInRun && tier == held.copies.first() ? 1 : 0;
      for (int copy = written; copy < held.copies.on(tier); copy++) {
        write(held.node, new long[] {held.engineHash}, new long[] {held.node.localHash}, tier);
      }
    }
  }

  private void write(Node first, long[] engineHashes, long[] localHashes, Tier tier) {
    Node parent = first.parent;
    events.add(
        parent == null || parent == root
            ? KvEvent.Stored.root(engineHashes, localHashes, tier)
            : KvEvent.Stored.after(name(parent), engineHashes, localHashes, tier));
  }
}
