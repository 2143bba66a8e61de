package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a request goes and books its load there. Any thread; time comes in.
 *
 * <p>A model with prefill and decode targets is served by a pair of them, or by a decode target
 * alone where the rule of its model says so; aggregated targets serve the others, and step in when
 * a pool has nobody to offer.
 */
public final class Router {
  /*
   * Choosing and booking are one step under the lock of the model, so that each of many requests
   * within a millisecond sees the bookings of those before it; models share no target. Hashing and
   * matching, which take longer, are done before; reports change the ledger without the lock, and
   * who only asks does not take it.
   *
   * A target may leave, and its bookings end, between the caller's look at the fleet and the
   * booking. So a booked target is looked up again: if it still serves, its leaving is yet to come
   * and ends the booking; if not, the booking ends here.
   */
  private final LoadLedger ledger;
  private final Predicate<Target> serving;
  private final IntPredicate stale;
  private final Sessions sessions;
  private final Placements placements;
  private final ConcurrentHashMap<String, PerModel> models = new ConcurrentHashMap<>();

  /** A router over targets that never leave and whose index is never behind. */
  public Router(LoadLedger ledger) {
    this(ledger, _ -> true, _ -> false, new Sessions(Sessions.MAX_SESSIONS, 0), Placements.UNHEARD);
  }

  /**
   * @param ledger takes the bookings
   * @param serving whether a target is in the fleet at this moment
   * @param stale whether the index may be behind a slot's target
   * @param sessions where the sessions are
   * @param placements hears of prompts on targets that publish no events
   */
  public Router(
      LoadLedger ledger,
      Predicate<Target> serving,
      IntPredicate stale,
      Sessions sessions,
      Placements placements) {
    this.ledger = ledger;
    this.serving = serving;
    this.stale = stale;
    this.sessions = sessions;
    this.placements = placements;
  }

  /**
   * Places one request.
   *
   * @param overlaps scratch of the calling thread
   * @param nowNanos the time, for the prices and the booking's life
   */
  public RouteResult route(RouteQuery query, Overlaps overlaps, long nowNanos) {
    query.index().match(query.localHashes(), query.blocks(), overlaps);
    PerModel model = model(query.targets().model());
    return query.book()
        ? chooseAndBook(query, model, overlaps, nowNanos)
        : choose(query, model, overlaps, nowNanos);
  }

  /**
   * Ends a booking whose request failed or was cancelled. When its first token had not come, its
   * prompt is no longer expected to be held where it went; KV events may still say so.
   *
   * @return false when there is no such booking
   */
  public boolean cancel(long bookingId, long nowNanos) {
    boolean computed = ledger.isComputed(bookingId);
    boolean known = ledger.finish(bookingId, nowNanos);
    if (known && !computed) {
      models.values().forEach(model -> model.recent.pending.forget(bookingId));
    }
    return known;
  }

  /**
   * Forgets what was lately decided for all other models: nobody serves them any more. A request
   * that is being placed meanwhile is placed as before.
   *
   * @param served names of the models that somebody serves
   */
  public void forgetModelsBut(Collection<String> served) {
    models.keySet().retainAll(served);
  }

  /** How much is remembered of what was lately decided. */
  public RecentFigures recentFigures(long nowNanos) {
    return models.values().stream()
        .map(model -> RecentFigures.of(model.recent, nowNanos))
        .reduce(RecentFigures.NOTHING, RecentFigures::plus);
  }

  private PerModel model(String name) {
    PerModel known = models.get(name);
    return known != null ? known : models.computeIfAbsent(name, _ -> new PerModel());
  }

  private RouteResult chooseAndBook(
      RouteQuery query, PerModel model, Overlaps overlaps, long nowNanos) {
    model.selection.lock();
    try {
      return place(query, model.recent, model.bookingPlacing, overlaps, nowNanos);
    } finally {
      model.selection.unlock();
    }
  }

  private RouteResult choose(RouteQuery query, PerModel model, Overlaps overlaps, long nowNanos) {
    Placing spare = model.sparePlacing.getAndSet(null);
    Placing placing = spare == null ? new Placing(ledger, stale) : spare;
    RouteResult result = place(query, model.recent, placing, overlaps, nowNanos);
    model.sparePlacing.set(placing);
    return result;
  }

  private RouteResult place(
      RouteQuery query, Recent recent, Placing placing, Overlaps overlaps, long nowNanos) {
    RouteResult placed = placing.place(query, overlaps, recent, session(query, nowNanos), nowNanos);
    return query.book() && placed instanceof Decision decision
        ? book(
            query,
            decision,
            placing.prompt().expectedBlocks(),
            placing.prompt().expectedUncachedTokens(),
            recent,
            nowNanos)
        : placed;
  }

  private Sessions.@Nullable Binding session(RouteQuery query, long nowNanos) {
    Session session = query.rules().session();
    return session == null ? null : sessions.of(query.targets().model(), session, nowNanos);
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
        bookingId,
        expectedBlocks,
        uncachedTokens,
        nowNanos,
        nowNanos + computingNanos(promptTarget, nowNanos));
    if (!promptTarget.worker().publishesEvents() && query.blocks() > 0) {
      placements.placed(promptTarget, query.localHashes(), query.blocks());
    }
    Session session = query.rules().session();
    if (session != null) {
      sessions.bind(query.targets().model(), session, decision, nowNanos);
    }
    return decision.booked(bookingId);
  }

  /** Until all that is booked on a target is computed. */
  private long computingNanos(Target target, long nowNanos) {
    return (long)
        (ledger.queuedPrefillTokens(target.slot(), nowNanos)
            * Candidates.prefillNanosPerToken(ledger, target));
  }

  /** What the decisions for one model share, and nobody else has: its fleet is looked at once. */
  private final class PerModel {
    private final Recent recent = new Recent();
    private final ReentrantLock selection = new ReentrantLock();

    /** Guarded by {@link #selection}. */
    private final Placing bookingPlacing = new Placing(ledger, stale);

    /** For one thread at a time that only asks. */
    private final AtomicReference<@Nullable Placing> sparePlacing = new AtomicReference<>();
  }
}
