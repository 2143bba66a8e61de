package dev.warmpath.jmh;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A baseline: a compressed radix tree of nodes and pointers, as routers have it. An edge carries
 * several blocks and is split where chains part; each node has a set of the slots that hold all of
 * its edge, and the cut-offs of those that hold a part. It cannot say holes, copies or tiers. One
 * thread.
 */
final class PointerRadixTree {
  private final Node root = new Node(new long[0]);

  private static final class Node {
    long[] edge;
    Map<Long, Node> children = new HashMap<>();

    /** Blocks of the edge that a slot holds, by slot. */
    final Map<Integer, Integer> heldBySlot = new HashMap<>();

    Node(long[] edge) {
      this.edge = edge;
    }
  }

  /** A slot holds {@code held} leading blocks of a prompt. */
  void store(int slot, long[] localHashes, int held) {
    Node node = root;
    int at = 0;
    while (at < held) {
      Node child = node.children.get(localHashes[at]);
      if (child == null) {
        child = new Node(Arrays.copyOfRange(localHashes, at, held));
        node.children.put(localHashes[at], child);
      }
      int matched = matching(child.edge, localHashes, at, held);
      if (matched < child.edge.length && at + matched < held) {
        split(child, matched);
      }
      child.heldBySlot.merge(slot, matched, Math::max);
      at += matched;
      node = child;
    }
  }

  private static int matching(long[] edge, long[] localHashes, int from, int to) {
    int most = Math.min(edge.length, to - from);
    int differs = Arrays.mismatch(edge, 0, most, localHashes, from, from + most);
    return differs < 0 ? most : differs;
  }

  private static void split(Node node, int at) {
    Node tail = new Node(Arrays.copyOfRange(node.edge, at, node.edge.length));
    tail.children = node.children;
    node.heldBySlot.forEach((slot, held) -> {
      if (held > at) {
        tail.heldBySlot.put(slot, held - at);
      }
    });
    node.heldBySlot.replaceAll((_, held) -> Math.min(held, at));
    node.children = new HashMap<>();
    node.children.put(tail.edge[0], tail);
    node.edge = Arrays.copyOf(node.edge, at);
  }

  /** Each slot's overlap, by slot. */
  Map<Integer, Integer> match(long[] localHashes) {
    Map<Integer, Integer> overlaps = new HashMap<>();
    @Nullable Map<Integer, Integer> left = null;
    Node node = root;
    int at = 0;
    while (at < localHashes.length) {
      Node child = node.children.get(localHashes[at]);
      if (child == null) {
        break;
      }
      int matched = matching(child.edge, localHashes, at, localHashes.length);
      left = narrow(left, child, matched, at, overlaps);
      if (left.isEmpty() || matched < child.edge.length) {
        at += matched;
        break;
      }
      at += matched;
      node = child;
    }
    if (left != null) {
      int depth = at;
      left.keySet().forEach(slot -> overlaps.put(slot, depth));
    }
    return overlaps;
  }

  private static Map<Integer, Integer> narrow(
      @Nullable Map<Integer, Integer> left,
      Node node,
      int matched,
      int before,
      Map<Integer, Integer> overlaps) {
    Map<Integer, Integer> staying = new HashMap<>(left == null ? node.heldBySlot : left);
    for (Iterator<Integer> each = staying.keySet().iterator(); each.hasNext(); ) {
      int slot = each.next();
      int held = node.heldBySlot.getOrDefault(slot, 0);
      if (held < matched) {
        overlaps.put(slot, before + held);
        each.remove();
      }
    }
    return staying;
  }
}
