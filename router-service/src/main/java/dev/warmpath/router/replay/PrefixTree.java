package dev.warmpath.router.replay;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Prefixes that conversations start with: a tree whose every node extends its parent by a few
 * blocks. How often a node is drawn falls with its number by Zipf's law; node 0, the root, comes
 * first. One thread.
 */
final class PrefixTree {
  /** Before rounding up to a whole block. */
  private static final double MEAN_EDGE_BLOCKS = 1;

  private final List<LongArrayList> idsByNode = new ArrayList<>();
  private final double[] cumulativeWeights;

  /**
   * @param ids hands out the ids of new blocks
   */
  PrefixTree(int nodes, double zipfExponent, Chance chance, LongSupplier ids) {
    cumulativeWeights = new double[nodes];
    double sum = 0;
    for (int node = 0; node < nodes; node++) {
      LongArrayList path = new LongArrayList();
      if (node > 0) {
        path.addAll(idsByNode.get(chance.below(node)));
      }
      for (int block = chance.atLeastOne(MEAN_EDGE_BLOCKS); block > 0; block--) {
        path.add(ids.getAsLong());
      }
      idsByNode.add(path);
      sum += StrictMath.pow(node + 1, -zipfExponent);
      cumulativeWeights[node] = sum;
    }
  }

  /** The ids of a node's blocks from the root down; not to be changed. */
  LongArrayList draw(Chance chance) {
    double point = chance.fraction() * cumulativeWeights[cumulativeWeights.length - 1];
    int found = Arrays.binarySearch(cumulativeWeights, point);
    int node = found < 0 ? -found - 1 : found + 1;
    return idsByNode.get(Math.min(node, idsByNode.size() - 1));
  }
}
