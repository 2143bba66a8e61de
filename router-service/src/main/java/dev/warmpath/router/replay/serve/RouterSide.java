package dev.warmpath.router.replay.serve;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.Chance;
import dev.warmpath.router.replay.Mix64;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.rivals.AccountingPolicy;
import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.Filter;
import dev.warmpath.router.route.Placements;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.Router;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.Session;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.Sessions;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The router of production, and what reaches it of the fleet. One thread. */
final class RouterSide {
  /** {@link #nextNanos} when no events are under way. */
  static final long NONE = Long.MAX_VALUE;

  /** The one model that is served. */
  static final String MODEL = "simulated";

  private static final int MAX_BOOKINGS = Integer.MAX_VALUE;
  private static final long BOOKINGS_DO_NOT_EXPIRE = Long.MAX_VALUE / 4;

  private final Policy policy;
  private final EventFaults faults;
  private final RouterRules rules;
  private final ChoiceRules rulesWithoutSession;
  private final long seed;
  private final Chance loss;
  private final Consumer<Target> joined;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final ShardedIndex indexes = ShardedIndex.of(index);
  private final LoadLedger ledger;
  private final Router router;
  private final FleetRegistry registry;
  private final Overlaps overlaps = new Overlaps();
  private final Map<Integer, EventFeed> feeds = new HashMap<>();
  private final ArrayDeque<UnderWay> underWay = new ArrayDeque<>();
  private long nowNanos;
  private long resyncs;

  /**
   * A router without a fleet.
   *
   * @param joined hears of each target that joins, before {@link #join} returns
   */
  RouterSide(
      Policy policy,
      EventFaults faults,
      RouterRules rules,
      int maxTargets,
      long seed,
      Consumer<Target> joined) {
    this.policy = policy;
    this.faults = faults;
    this.rules = rules;
    this.rulesWithoutSession =
        rules.equals(RouterRules.NONE) ? ChoiceRules.NONE : rulesWithoutSession(rules, policy);
    this.seed = seed;
    this.loss = new Chance(Mix64.mix(seed));
    this.joined = joined;
    this.ledger =
        new LoadLedger(new LedgerLimits(maxTargets, MAX_BOOKINGS, BOOKINGS_DO_NOT_EXPIRE), 1);
    this.registry = new FleetRegistry(maxTargets, new Membership());
    this.router =
        new Router(
            ledger,
            target -> registry.current().serves(target),
            _ -> false,
            new Sessions(Sessions.MAX_SESSIONS, 0),
            Placements.UNHEARD);
  }

  private static ChoiceRules rulesWithoutSession(RouterRules rules, Policy policy) {
    RoutingSettings settings = new RoutingSettings(rules.with(policy), Map.of(), Set.of());
    List<Filter> filters = settings.filters(MODEL, List.of());
    return new ChoiceRules(
        filters,
        filters,
        "",
        rules.preferences(),
        rules.temperature(),
        null,
        rules.disaggregation());
  }

  /** Tells {@code action} whenever load has gone from a target. */
  void whenRelieved(Runnable action) {
    ledger.whenRelieved(action);
  }

  /** A worker joins. */
  void join(Worker worker) {
    String refusal = registry.put(worker);
    if (refusal != null) {
      throw new IllegalArgumentException("worker %s: %s".formatted(worker.id(), refusal));
    }
  }

  /** A worker is gone, with its bookings and what the index has of it. */
  void leave(String workerId, long nowNanos) {
    this.nowNanos = nowNanos;
    registry.remove(workerId);
  }

  /** A target has a cache, whose events are to be carried to the index. */
  void watch(Target target, SimulatedCache cache) {
    feeds.put(target.slot(), new EventFeed(target, cache, index));
  }

  /**
   * Places a request, and books it.
   *
   * @param session the session that it is a turn of; empty for none
   */
  RouteResult place(long number, Prompt prompt, String session, long nowNanos) {
    ModelTargets targets = registry.current().model(MODEL);
    if (targets == null) {
      return RouteResult.Refusal.NO_TARGET;
    }
    RouteQuery query =
        new RouteQuery(
            targets,
            indexes,
            prompt.localHashes(),
            prompt.blocks(),
            prompt.tokens(),
            0,
            policy,
            choiceRules(session),
            Mix64.mix(seed + number * Mix64.GOLDEN_GAMMA),
            true,
            false);
    RouteResult result = router.route(query, overlaps, nowNanos);
    if (result instanceof RouteResult.Decision decision
        && policy instanceof AccountingPolicy account) {
      account.placed(
          number,
          query,
          decision.promptTarget().slot(),
          decision.overlap().deviceBlocks(),
          nowNanos);
    }
    return result;
  }

  private ChoiceRules choiceRules(String session) {
    if (session.isEmpty() || rules.affinity() == SessionAffinity.OFF) {
      return rulesWithoutSession;
    }
    return new ChoiceRules(
        rulesWithoutSession.filters(),
        rulesWithoutSession.prefillFilters(),
        rulesWithoutSession.loraName(),
        rulesWithoutSession.preferences(),
        rulesWithoutSession.temperature(),
        new Session(session, rules.affinity() == SessionAffinity.HARD, rules.sessionTtlNanos()),
        rulesWithoutSession.disaggregation());
  }

  /** A request's prompt is computed. */
  void promptComputed(long number, long nowNanos) {
    if (policy instanceof AccountingPolicy account) {
      account.firstToken(number, nowNanos);
    }
  }

  /** A request's first token is there. */
  void firstToken(long bookingId, long nowNanos) {
    ledger.firstToken(bookingId, nowNanos);
  }

  /** A request is answered, or starts anew. */
  void finished(long number, long bookingId, long nowNanos) {
    ledger.finish(bookingId, nowNanos);
    if (policy instanceof AccountingPolicy account) {
      account.finished(number, nowNanos);
    }
  }

  /** A cache changed. */
  void cacheChanged(int slot, List<KvEvent> events, long nowNanos) {
    EventFeed feed = feeds.get(slot);
    if (feed == null || events.isEmpty()) {
      return;
    }
    EventBatch batch = feed.number(events);
    if (faults.lossShare() > 0 && loss.fraction() < faults.lossShare()) {
      return;
    }
    if (faults.delayNanos() == 0) {
      deliver(feed, batch, nowNanos);
    } else {
      underWay.add(new UnderWay(nowNanos + faults.delayNanos(), feed, batch));
    }
  }

  /** When the next events arrive; {@link #NONE} for never. */
  long nextNanos() {
    UnderWay next = underWay.peek();
    return next == null ? NONE : next.atNanos();
  }

  /** Lets the events of {@link #nextNanos} arrive. */
  void deliverNext() {
    UnderWay next = underWay.remove();
    deliver(next.feed(), next.batch(), next.atNanos());
  }

  private void deliver(EventFeed feed, EventBatch batch, long nowNanos) {
    long before = feed.resyncs();
    feed.deliver(batch, nowNanos);
    resyncs += feed.resyncs() - before;
  }

  /** How often lost events were repaired. */
  long resyncs() {
    return resyncs;
  }

  /** Whether the index holds exactly what the caches hold. */
  boolean agreesWithCaches() {
    return feeds.values().stream().allMatch(EventFeed::agrees);
  }

  private record UnderWay(long atNanos, EventFeed feed, EventBatch batch) {}

  /** What production's wiring does when targets come and go. */
  private final class Membership implements FleetListener {
    @Override
    public void joined(Target target) {
      joined.accept(target);
    }

    @Override
    public void left(Target target, Runnable released) {
      EventFeed feed = feeds.remove(target.slot());
      if (feed != null) {
        feed.end();
      }
      index.release(target.slot());
      ledger.releaseSlot(target.slot(), nowNanos);
      released.run();
    }
  }
}
