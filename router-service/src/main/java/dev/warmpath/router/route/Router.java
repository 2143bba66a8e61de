package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
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
  /** Most sessions that a router over targets that never leave remembers. */
  private static final int MAX_SESSIONS = 100_000;

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
  private final Sessions sessions;
  private final ReentrantLock selection = new ReentrantLock();
  private final ConcurrentHashMap<String, Recent> recents = new ConcurrentHashMap<>();

  /** Guarded by {@link #selection}. */
  private final Picks bookingPicks;

  /** For one thread at a time that only asks. */
  private final AtomicReference<@Nullable Picks> sparePicks = new AtomicReference<>();

  /** A router over targets that never leave and whose index is never behind. */
  public Router(LoadLedger ledger) {
    this(ledger, _ -> true, _ -> false, new Sessions(MAX_SESSIONS, 0));
  }

  /**
   * @param ledger takes the bookings
   * @param serving whether a target is in the fleet at this moment
   * @param stale whether the index may be behind a slot's target
   * @param sessions where the sessions are
   */
  public Router(
      LoadLedger ledger, Predicate<Target> serving, IntPredicate stale, Sessions sessions) {
    this.ledger = ledger;
    this.serving = serving;
    this.stale = stale;
    this.sessions = sessions;
    this.bookingPicks = new Picks(ledger);
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
    return query.book()
        ? chooseAndBook(query, overlaps, nowNanos)
        : choose(query, overlaps, nowNanos);
  }

  private RouteResult chooseAndBook(RouteQuery query, Overlaps overlaps, long nowNanos) {
    selection.lock();
    try {
      return choose(query, bookingPicks, overlaps, nowNanos);
    } finally {
      selection.unlock();
    }
  }

  private RouteResult choose(RouteQuery query, Overlaps overlaps, long nowNanos) {
    Picks spare = sparePicks.getAndSet(null);
    Picks picks = spare == null ? new Picks(ledger) : spare;
    RouteResult result = choose(query, picks, overlaps, nowNanos);
    sparePicks.set(picks);
    return result;
  }

  private RouteResult choose(RouteQuery query, Picks picks, Overlaps overlaps, long nowNanos) {
    ModelTargets targets = query.targets();
    Sessions.Binding session = session(query, nowNanos);
    Screening forPrompt = screening(query, targets.forPrompt(), session, nowNanos);
    Screening forDecode =
        targets.aggregated().isEmpty()
            ? screening(query, targets.decode(), session, nowNanos)
            : Screening.NOBODY;
    if (forPrompt.admitted().isEmpty()) {
      return forPrompt.refusal();
    }
    if (targets.aggregated().isEmpty() && forDecode.admitted().isEmpty()) {
      return forDecode.refusal();
    }
    Recent recent = recent(targets.model());
    Pick prompt =
        picks.prompt.choose(
            query, forPrompt.admitted(), overlaps, recent, query.policy(), nowNanos);
    Pick decode =
        targets.aggregated().isEmpty()
            ? picks.decode.choose(
                query, forDecode.admitted(), overlaps, recent, DecodeLoad.INSTANCE, nowNanos)
            : null;
    int expectedBlocks = prompt.expectedBlocks();
    int uncachedTokens = prompt.expectedUncachedTokens();
    Decision decision =
        new Decision(
            decode == null ? prompt.target() : decode.target(),
            decode == null ? null : prompt.target(),
            prompt.overlap(),
            Decision.NOT_BOOKED,
            query.policy().policyName(),
            prompt.price(),
            query.explain() ? explain(prompt, decode) : List.of(),
            query.explain() ? excluded(picks.prompt, forPrompt, forDecode) : List.of());
    return query.book()
        ? book(query, decision, expectedBlocks, uncachedTokens, recent, nowNanos)
        : decision;
  }

  private Sessions.@Nullable Binding session(RouteQuery query, long nowNanos) {
    Session session = query.rules().session();
    return session == null ? null : sessions.of(query.targets().model(), session, nowNanos);
  }

  private Screening screening(
      RouteQuery query, List<Target> targets, Sessions.@Nullable Binding session, long nowNanos) {
    ChoiceRules rules = query.rules();
    TargetFacts facts = new TargetFacts(ledger, stale, nowNanos);
    boolean prefillOnly = targets.getFirst().worker().role() == Role.PREFILL;
    Screening screening =
        Screening.of(
            targets,
            prefillOnly ? rules.prefillFilters() : rules.filters(),
            rules.loraName(),
            facts);
    Target stays = session == null ? null : session.targetFor(prefillOnly);
    return stays == null
        ? screening
        : screening.onSession(stays, Objects.requireNonNull(rules.session()), facts);
  }

  private Recent recent(String model) {
    Recent known = recents.get(model);
    return known != null ? known : recents.computeIfAbsent(model, _ -> new Recent());
  }

  private static List<CandidateCost> explain(Pick prompt, @Nullable Pick decode) {
    List<CandidateCost> explained = new ArrayList<>(prompt.explain());
    if (decode != null) {
      explained.addAll(decode.explain());
    }
    return explained;
  }

  private static List<ExcludedTarget> excluded(Pick pick, Screening prompt, Screening decode) {
    List<ExcludedTarget> excluded = new ArrayList<>(pick.excluded(prompt.excluded()));
    excluded.addAll(pick.excluded(decode.excluded()));
    return excluded;
  }

  private RouteResult book(
      RouteQuery query,
      Decision decision,
      int expectedBlocks,
      int uncachedTokens,
      Recent recent,
      long nowNanos) {
    Target promptTarget = decision.promptTarget();
    long bookingId =
        ledger.book(
            new Load(
                promptTarget.slot(),
                decision.target().slot(),
                query.promptTokens(),
                uncachedTokens,
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
    recent.booked(
        query,
        promptTarget,
        expectedBlocks,
        uncachedTokens,
        nowNanos,
        nowNanos + computingNanos(promptTarget.slot(), nowNanos));
    Session session = query.rules().session();
    if (session != null) {
      sessions.bind(query.targets().model(), session, decision, nowNanos);
    }
    return decision.booked(bookingId);
  }

  /** Until all that is booked on a slot is computed. */
  private long computingNanos(int slot, long nowNanos) {
    return (long) (ledger.queuedPrefillTokens(slot, nowNanos) * ledger.prefillNanosPerToken(slot));
  }

  /** Working memory of a decision, kept for the next one. */
  private static final class Picks {
    final Pick prompt;
    final Pick decode;

    Picks(LoadLedger ledger) {
      prompt = new Pick(ledger);
      decode = new Pick(ledger);
    }
  }
}
