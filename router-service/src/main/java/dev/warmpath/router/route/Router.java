package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a request goes and books its load there. Any thread; time comes in.
 *
 * <p>A model with aggregated targets is served by them alone. Otherwise the policy chooses among
 * the prefill targets, and the decode target is the one with the fewest KV blocks in use.
 */
public final class Router {
  /*
   * Choosing and booking are one step under one lock, so that each of many requests within a
   * millisecond sees the bookings of those before it. Hashing and matching, which take longer, are
   * done before; reports change the ledger without the lock, and who only asks does not take it.
   *
   * A target may leave, and its bookings end, between the caller's look at the fleet and the
   * booking. So a booked target is looked up again: if it still serves, its leaving is yet to come
   * and ends the booking; if not, the booking ends here.
   */
  private final LoadLedger ledger;
  private final Predicate<Target> serving;
  private final IntPredicate stale;
  private final ReentrantLock selection = new ReentrantLock();
  private final ConcurrentHashMap<Turn, Long> turns = new ConcurrentHashMap<>();

  /** A router over targets that never leave and whose index is never behind. */
  public Router(LoadLedger ledger) {
    this(ledger, _ -> true, _ -> false);
  }

  /**
   * @param ledger takes the bookings
   * @param serving whether a target is in the fleet at this moment
   * @param stale whether the index may be behind a slot's target
   */
  public Router(LoadLedger ledger, Predicate<Target> serving, IntPredicate stale) {
    this.ledger = ledger;
    this.serving = serving;
    this.stale = stale;
  }

  /**
   * Places one request.
   *
   * @param overlaps scratch of the calling thread
   * @param nowNanos the time, for the prices and the booking's life
   */
  public RouteResult route(RouteQuery query, Overlaps overlaps, long nowNanos) {
    if (!query.targets().canServe()) {
      return Refusal.NO_TARGET;
    }
    query.index().match(query.localHashes(), query.blocks(), overlaps);
    if (!query.book()) {
      return choose(query, overlaps, nowNanos);
    }
    selection.lock();
    try {
      return choose(query, overlaps, nowNanos);
    } finally {
      selection.unlock();
    }
  }

  private RouteResult choose(RouteQuery query, Overlaps overlaps, long nowNanos) {
    ModelTargets targets = query.targets();
    Screening forPrompt = screened(query, targets.forPrompt(), nowNanos);
    if (forPrompt.admitted().isEmpty()) {
      return new AllExcluded(targets.forPrompt().getFirst().worker().role(), forPrompt.counts());
    }
    Screening forDecode = Screening.NOBODY;
    if (targets.aggregated().isEmpty()) {
      forDecode = screened(query, targets.decode(), nowNanos);
      if (forDecode.admitted().isEmpty()) {
        return new AllExcluded(Role.DECODE, forDecode.counts());
      }
    }
    Turn turn = new Turn(targets.model(), query.policy());
    long taken = turns.getOrDefault(turn, 0L);
    Pick prompt =
        Pick.from(
            new Candidates(query, forPrompt.admitted(), overlaps, ledger, taken, nowNanos),
            query.policy(),
            query.explain());
    Pick decode =
        targets.aggregated().isEmpty()
            ? Pick.from(
                new Candidates(query, forDecode.admitted(), overlaps, ledger, taken, nowNanos),
                DecodeLoad.INSTANCE,
                query.explain())
            : null;
    Decision decision =
        new Decision(
            decode == null ? prompt.target() : decode.target(),
            decode == null ? null : prompt.target(),
            prompt.overlap(),
            Decision.NOT_BOOKED,
            query.policy().policyName(),
            prompt.price(),
            explain(prompt, decode),
            query.explain()
                ? excluded(query, overlaps, nowNanos, forPrompt, forDecode)
                : List.of());
    return query.book() ? book(query, decision, turn, nowNanos) : decision;
  }

  private Screening screened(RouteQuery query, List<Target> targets, long nowNanos) {
    Constraints constraints = query.constraints();
    boolean prefillOnly = targets.getFirst().worker().role() == Role.PREFILL;
    return Screening.of(
        targets,
        prefillOnly ? constraints.prefillFilters() : constraints.filters(),
        constraints.loraName(),
        new TargetFacts(ledger, stale, nowNanos));
  }

  private List<ExcludedTarget> excluded(
      RouteQuery query, Overlaps overlaps, long nowNanos, Screening... screenings) {
    return Arrays.stream(screenings)
        .map(Screening::excluded)
        .flatMap(List::stream)
        .map(out -> {
          var alone = new Candidates(query, List.of(out.target()), overlaps, ledger, 0, nowNanos);
          return new ExcludedTarget(
              out.target(),
              out.by(),
              alone.overlap(0),
              alone.queuedPrefillTokens(0),
              alone.activeBlocks(0),
              alone.activeRequests(0));
        })
        .toList();
  }

  private static List<CandidateCost> explain(Pick prompt, @Nullable Pick decode) {
    List<CandidateCost> explained = new ArrayList<>(prompt.explain());
    if (decode != null) {
      explained.addAll(decode.explain());
    }
    return explained;
  }

  private RouteResult book(RouteQuery query, Decision decision, Turn turn, long nowNanos) {
    Target promptTarget = decision.promptTarget();
    int promptTokens = query.promptTokens();
    long bookingId =
        ledger.book(
            new Load(
                promptTarget.slot(),
                decision.target().slot(),
                promptTokens,
                promptTokens - decision.overlap().cachedTokens(),
                query.targets().blockSize(),
                query.expectedOutputTokens()),
            query.localHashes(),
            query.blocks(),
            nowNanos);
    if (bookingId == LoadLedger.REFUSED) {
      return Refusal.TOO_MANY_BOOKINGS;
    }
    if (!serving.test(promptTarget) || !serving.test(decision.target())) {
      ledger.finish(bookingId, nowNanos);
      return Refusal.TARGET_LEFT;
    }
    turns.merge(turn, 1L, Long::sum);
    return decision.booked(bookingId);
  }

  /** Whose turns are counted together. */
  private record Turn(String model, Policy policy) {}
}
