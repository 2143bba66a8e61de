package dev.warmpath.router.route;

import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import java.util.List;

/**
 * What the workers of some targets say of themselves, side by side, as far as every decision asks
 * for it. Reused; one thread at a time.
 */
final class WorkerFigures {
  /*
   * As long as one model is asked for, the list of targets stays the same object from decision to
   * decision until the fleet changes, and a list equals itself at once: only then, or for a list that
   * a filter made, are targets looked at.
   */
  private List<Target> targets = List.of();
  private long version;
  private int[] slots = new int[0];
  private long[] kvBlocks = new long[0];
  private int[] batchRequests = new int[0];
  private CostCoefficients[] costs = new CostCoefficients[0];
  private double[] prefillNanosPerToken = new double[0];
  private boolean[] decodes = new boolean[0];

  /** Comes to show these targets; the list does not change from here on. */
  void show(List<Target> shown) {
    if (!shown.equals(targets)) {
      read(shown);
    }
    targets = shown;
  }

  private void read(List<Target> shown) {
    targets = List.of();
    version++;
    int size = shown.size();
    if (slots.length < size) {
      kvBlocks = new long[size];
      batchRequests = new int[size];
      costs = new CostCoefficients[size];
      prefillNanosPerToken = new double[size];
      decodes = new boolean[size];
      slots = new int[size];
    }
    for (int i = 0; i < size; i++) {
      Target target = shown.get(i);
      Worker worker = target.worker();
      slots[i] = target.slot();
      kvBlocks[i] = worker.kvBlocksPerRank();
      batchRequests[i] = worker.maxBatchRequests();
      costs[i] = worker.costs();
      prefillNanosPerToken[i] = worker.costs().prefillNanosPerToken();
      decodes[i] = worker.role() != Role.PREFILL;
    }
  }

  /** Another number for other targets; 0 before the first. */
  long version() {
    return version;
  }

  int size() {
    return targets.size();
  }

  Target target(int index) {
    return targets.get(index);
  }

  /** The slots of all; {@link #size} of them count; not to be changed. */
  int[] slots() {
    return slots;
  }

  int slot(int index) {
    return slots[index];
  }

  /** As {@link Worker#kvBlocksPerRank}. */
  long kvBlocks(int index) {
    return kvBlocks[index];
  }

  /** As {@link Worker#maxBatchRequests}. */
  int batchRequests(int index) {
    return batchRequests[index];
  }

  CostCoefficients costs(int index) {
    return costs[index];
  }

  /** As {@link CostCoefficients#prefillNanosPerToken}. */
  double prefillNanosPerToken(int index) {
    return prefillNanosPerToken[index];
  }

  /** Whether the worker generates, too. */
  boolean decodes(int index) {
    return decodes[index];
  }
}
