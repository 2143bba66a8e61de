package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Decides where a request goes and books its load there. Any thread; time comes in. */
public final class Router {
  /*
   * Choosing and booking are one step under one lock, so that each of many requests within a
   * millisecond sees the bookings of those before it. Hashing and matching, which take longer, are
   * done before; reports change the ledger without the lock.
   */
  private final LoadLedger ledger;
  private final ReentrantLock selection = new ReentrantLock();
  private final Map<String, Long> turns = new HashMap<>();

  /** A router that books in {@code ledger}. */
  public Router(LoadLedger ledger) {
    this.ledger = ledger;
  }

  /**
   * Places one request.
   *
   * @param overlaps scratch of the calling thread
   * @param nowNanos the time, for the booking's life
   */
  public RouteResult route(RouteQuery query, Overlaps overlaps, long nowNanos) {
    ModelTargets targets = query.targets();
    boolean aggregated = !targets.aggregated().isEmpty();
    List<Target> forPrompt = aggregated ? targets.aggregated() : targets.prefill();
    if (forPrompt.isEmpty() || (!aggregated && targets.decode().isEmpty())) {
      return Refusal.NO_TARGET;
    }
    query.index().match(query.localHashes(), query.blocks(), overlaps);
    selection.lock();
    try {
      long turn = turns.getOrDefault(targets.model(), 0L);
      Candidates candidates = new Candidates(query, forPrompt, overlaps, ledger, turn);
      int chosen = Selector.cheapest(candidates, query.policy(), query.seed());
      Target promptTarget = forPrompt.get(chosen);
      Target target = aggregated ? promptTarget : leastLoadedDecode(query, overlaps, turn);
      List<CandidateCost> explained =
          query.explain() ? explain(candidates, query.policy(), chosen) : List.of();
      long bookingId = 0;
      if (query.book()) {
        turns.put(targets.model(), turn + 1);
        bookingId = ledger.book(load(candidates, chosen, target), nowNanos);
        if (bookingId == LoadLedger.REFUSED) {
          return Refusal.TOO_MANY_BOOKINGS;
        }
      }
      return new Decision(
          target,
          aggregated ? null : promptTarget,
          candidates.overlap(chosen),
          bookingId,
          query.policy().policyName(),
          explained);
    } finally {
      selection.unlock();
    }
  }

  /** Decode targets take over computed blocks: only their load matters. */
  private Target leastLoadedDecode(RouteQuery query, Overlaps overlaps, long turn) {
    List<Target> decode = query.targets().decode();
    Candidates candidates = new Candidates(query, decode, overlaps, ledger, turn);
    return decode.get(Selector.cheapest(candidates, DecodeLoad.INSTANCE, query.seed()));
  }

  private static Load load(Candidates candidates, int chosen, Target target) {
    return new Load(
        candidates.target(chosen).slot(),
        target.slot(),
        candidates.promptTokens(),
        candidates.promptTokens() - candidates.cachedTokens(chosen),
        candidates.blockSize());
  }

  private static List<CandidateCost> explain(Candidates candidates, Policy policy, int chosen) {
    List<CandidateCost> explained = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      double[] terms = new double[policy.terms().size()];
      double cost = Selector.cost(candidates, policy, i, terms);
      explained.add(
          new CandidateCost(
              candidates.target(i),
              cost,
              policy.terms(),
              Arrays.stream(terms).boxed().toList(),
              candidates.overlap(i),
              candidates.queuedPrefillTokens(i),
              candidates.activeBlocks(i),
              candidates.activeRequests(i),
              i == chosen));
    }
    explained.sort(
        Comparator.comparingDouble(CandidateCost::cost)
            .thenComparing(CandidateCost::chosen, Comparator.reverseOrder()));
    return explained;
  }
}
