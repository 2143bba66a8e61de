package dev.warmpath.router.route;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.SlotLoads;
import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many requests the workers of decode targets have, over all ranks: those that are candidates,
 * and those that a filter left out. Reused; one thread at a time.
 */
final class DecodeWorkers {
  private final SlotLoads loads = new SlotLoads();
  private List<Target> targets = List.of();
  private int[] slots = new int[0];

  /** By target, the number of its worker. */
  private int[] workers = new int[0];

  private final Map<String, Integer> numbers = new HashMap<>();
  private long[] requests = new long[0];

  /** Counts anew; the list does not change from here on. */
  void read(List<Target> decodeTargets, LoadLedger ledger, long nowNanos) {
    if (!decodeTargets.equals(targets)) {
      show(decodeTargets);
    }
    targets = decodeTargets;
    ledger.read(slots, slots.length, nowNanos, loads);
    Arrays.fill(requests, 0);
    for (int i = 0; i < slots.length; i++) {
      requests[workers[i]] += loads.requests(i);
    }
  }

  private void show(List<Target> decodeTargets) {
    targets = List.of();
    numbers.clear();
    slots = new int[decodeTargets.size()];
    workers = new int[decodeTargets.size()];
    for (int i = 0; i < slots.length; i++) {
      Target target = decodeTargets.get(i);
      slots[i] = target.slot();
      workers[i] = numbers.computeIfAbsent(target.worker().id(), _ -> numbers.size());
    }
    requests = new long[numbers.size()];
  }

  /** Requests on all ranks of a decode target's worker. */
  long requests(Target decodeTarget) {
    Integer worker = numbers.get(decodeTarget.worker().id());
    return worker == null ? 0 : requests[worker];
  }
}
